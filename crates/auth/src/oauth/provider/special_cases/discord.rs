//! Discord's profile has the hash of the avatar, and not its URL.
//! Source: <https://discord.com/developers/docs/reference#image-formatting>

use serde_json::Value;

const CDN: &str = "https://cdn.discordapp.com";

/// Sets `image_url` to the URL of the user's avatar or of the default one.
pub(super) fn set_image(profile: &mut Value) -> Option<()> {
    let text = |name: &str| profile.get(name).and_then(Value::as_str);
    let id = text("id")?;
    let url = match text("avatar") {
        Some(hash) => {
            let format = if hash.starts_with("a_") { "gif" } else { "png" };
            format!("{CDN}/avatars/{id}/{hash}.{format}")
        }
        None => format!("{CDN}/embed/avatars/{}.png", default_avatar(id, text("discriminator"))?),
    };
    profile.as_object_mut()?.insert("image_url".to_owned(), url.into());
    Some(())
}

/// The number of the default avatar. Users without a discriminator have `0`.
fn default_avatar(id: &str, discriminator: Option<&str>) -> Option<u64> {
    match discriminator.unwrap_or("0") {
        "0" => Some((id.parse::<u64>().ok()? >> 22) % 6),
        number => Some(number.parse::<u64>().ok()? % 5),
    }
}
