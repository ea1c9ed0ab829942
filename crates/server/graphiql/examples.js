// The tabs of a first visit; GraphiQL keeps them in localStorage afterwards.

const tab = (query, variables) => ({
  query,
  variables: variables && JSON.stringify(variables, null, 2),
});

export const examples = [
  tab(`# Three books, with authors and owners.
query Books {
  books(limit: 3) {
    title
    authors {
      name
    }
    owner {
      name
    }
  }
}
`),

  tab(
    `# Search: filter and order are variables.
query SearchBooks($filter: BookFilter, $orderBy: [BookOrder!]) {
  books(filter: $filter, orderBy: $orderBy, limit: 10) {
    id
    title
    releaseYear
    isbn
    owner {
      name
    }
  }
}
`,
    { filter: { title: "the", releaseYear: { min: 1800 } }, orderBy: ["RELEASE_YEAR_DESC", "TITLE_ASC"] },
  ),

  tab(
    `# Authors by name, each with their books.
query AuthorsAndBooks($name: String) {
  authors(filter: { name: $name }, orderBy: [NAME_ASC], limit: 5) {
    name
    birthYear
    bio
    books(limit: 5) {
      title
      releaseYear
    }
  }
}
`,
    { name: "a" },
  ),

  tab(`# Who you are: null until you sign in above.
query Me {
  me {
    id
    name
    email
    role
  }
}
`),

  tab(
    `# Adds a book of yours, if you are signed in.
mutation CreateBook($input: CreateBookInput!) {
  createBook(input: $input) {
    id
    title
    owner {
      name
    }
  }
}
`,
    { input: { title: "A Room of One's Own", releaseYear: 1929, authorIds: [] } },
  ),

  tab(
    `# A demo book of the administrator's: FORBIDDEN to anybody else.
mutation UpdateBook($id: ID!, $input: UpdateBookInput!) {
  updateBook(id: $id, input: $input) {
    id
    title
  }
}
`,
    { id: "01900000-0000-7000-9000-000000000003", input: { title: "Mine now" } },
  ),
];
