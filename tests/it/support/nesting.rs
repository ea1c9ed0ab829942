//! Deeply nested GraphQL documents, which overflow the stack of a recursive parser.

/// Returns one document for each construct that can nest, each `depth` levels deep.
pub(crate) fn deeply_nested_documents(depth: usize) -> Vec<String> {
    let list = nested("[", "", "]", depth);
    let object = nested("{a:", "1", "}", depth);
    let ty = nested("[", "Int", "]", depth);
    let mut documents = vec![
        // Lexers that read these quotes differently see different brackets.
        format!("{{books(filter:{{or:[\"\"\" \" {list}]}}){{id}}}}"),
        format!("{{books(filter:{{or:[\"\"\" \" {}]}}){{id}}}}", "[".repeat(depth)),
        format!("{{books(filter:{{or:[\"\"\" \" {object}]}}){{id}}}}"),
        format!("{{books(filter:{{or:[\"\"\"\\\"\"\" \"\"\" {list}]}}){{id}}}}"),
        format!("query($x:{ty}){{__typename}}"),
        format!("query($x:{}){{__typename}}", nested("[", "Int!", "]!", depth)),
        format!("{{__typename}}fragment F on Query{}", nested("{books", "{id}", "}", depth)),
        nested("{books", "{id}", "}", depth),
        format!("{{{}}}", nested("...{", "id", "}", depth)),
        format!("{{{}}}", nested("... on Query{", "id", "}", depth)),
        format!("subscription{}", nested("{bookChanged", "{id}", "}", depth)),
        "{".repeat(depth),
        "{a(b:".repeat(depth),
    ];
    for value in [list, object, "[".repeat(depth), "{a:".repeat(depth)] {
        documents.extend([
            format!("{{books(filter:{value}){{id}}}}"),
            format!("query($x:Int={value}){{__typename}}"),
            format!("query($x:Int@a(b:{value})){{__typename}}"),
            format!("query@a(b:{value}){{__typename}}"),
            format!("{{__typename@include(if:{value})}}"),
            format!("mutation{{createBook(input:{{title:{value}}}){{id}}}}"),
        ]);
    }
    documents
}

/// Nests `middle` in `depth` pairs of brackets.
fn nested(open: &str, middle: &str, close: &str, depth: usize) -> String {
    format!("{}{middle}{}", open.repeat(depth), close.repeat(depth))
}
