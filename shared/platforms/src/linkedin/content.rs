//! What a post shows beside its words: a link's card, pictures, a film, a document; in the words of either API.
//!
//! Sources: <https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api> and
//! <https://learn.microsoft.com/en-us/linkedin/consumer/integrations/self-serve/share-on-linkedin> (read 2026-09).

use domain::media::MediaKind;
use domain::post::Attachment;
use domain::target::Link;
use domain::text::Part;
use serde_json::{Map, Value, json};

/// `content` of the Posts API; `None` when there are only words.
pub(super) fn of_post(part: Part<'_>) -> Option<Value> {
    let shown: Vec<(&String, &Attachment)> = part.handles.iter().zip(part.media).collect();
    match shown[..] {
        [] => part.options.link.as_ref().map(|link| json!({ "article": article(link) })),
        [(urn, file)] => Some(json!({ "media": media(urn, file) })),
        _ => {
            let images: Vec<Value> = shown.iter().map(|(urn, file)| media(urn, file)).collect();
            Some(json!({ "multiImage": { "images": images } }))
        }
    }
}

/// `shareMediaCategory` and `media` of UGC Posts.
pub(super) fn of_ugc_post(part: Part<'_>) -> (&'static str, Vec<Value>) {
    let shown: Vec<(&String, &Attachment)> = part.handles.iter().zip(part.media).collect();
    if let Some((_, first)) = shown.first() {
        let category = if first.kind == MediaKind::Mp4 { "VIDEO" } else { "IMAGE" };
        let media = |(urn, file): &(&String, &Attachment)| {
            let mut entry = entry();
            entry.insert("media".into(), json!(urn));
            put_text(&mut entry, "description", described(file));
            Value::Object(entry)
        };
        return (category, shown.iter().map(media).collect());
    }
    let Some(link) = &part.options.link else { return ("NONE", Vec::new()) };
    let mut entry = entry();
    entry.insert("originalUrl".into(), json!(link.url));
    put_text(&mut entry, "title", link.title.as_deref());
    put_text(&mut entry, "description", link.description.as_deref());
    ("ARTICLE", vec![Value::Object(entry)])
}

/// LinkedIn never fetches the address: the card says what we say.
fn article(link: &Link) -> Value {
    let mut article = Map::from_iter([("source".to_owned(), json!(link.url))]);
    put(&mut article, "title", link.title.as_deref());
    put(&mut article, "description", link.description.as_deref());
    Value::Object(article)
}

fn media(urn: &str, file: &Attachment) -> Value {
    let mut media = Map::from_iter([("id".to_owned(), json!(urn))]);
    if file.kind == MediaKind::Pdf {
        // A document without a title is refused.
        put(&mut media, "title", Some(title_of(&file.file_name)));
    } else {
        put(&mut media, "altText", described(file));
    }
    Value::Object(media)
}

fn entry() -> Map<String, Value> {
    Map::from_iter([("status".to_owned(), json!("READY"))])
}

fn described(file: &Attachment) -> Option<&str> {
    file.alt_text.as_deref()
}

/// An empty string is refused where an absent one is not.
fn put(object: &mut Map<String, Value>, name: &str, text: Option<&str>) {
    if let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) {
        object.insert(name.to_owned(), json!(text));
    }
}

fn put_text(object: &mut Map<String, Value>, name: &str, text: Option<&str>) {
    if let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) {
        object.insert(name.to_owned(), json!({ "text": text }));
    }
}

/// The name of a file without its ending; never empty.
fn title_of(file_name: &str) -> &str {
    match file_name.rsplit_once('.') {
        Some((title, _)) if !title.trim().is_empty() => title,
        Some(_) | None => file_name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_called_by_its_file_without_the_ending() {
        assert_eq!(title_of("Bells of 2026.v2.pdf"), "Bells of 2026.v2");
        assert_eq!(title_of("bells"), "bells");
        assert_eq!(title_of(".pdf"), ".pdf");
    }
}
