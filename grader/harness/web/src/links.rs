//! The links in a page: [`hrefs`].

use html5gum::{Token, Tokenizer};

/// What stands in the `href` of every `<a>` of a page, in order, as its author wrote it.
///
/// It may be relative, carry a fragment, lead out of the web (`mailto:`), or be no address at all. Broken HTML is read
/// as a browser would read it; a tag that the page's end cuts off is none.
///
/// ```
/// let html = r#"<p>See <a href="../a.html#top">this</a> and <A HREF=b.html>that</A>.<!-- <a href="c">no</a> -->"#;
/// assert_eq!(web::hrefs(html), ["../a.html#top", "b.html"]);
/// ```
pub fn hrefs(html: &str) -> Vec<String> {
    let tokens = Tokenizer::new(html).filter_map(Result::ok);
    let links = tokens.filter_map(|token| match token {
        Token::StartTag(tag) if tag.name.as_slice() == b"a" => {
            let href = tag.attributes.get(b"href".as_slice())?;
            Some(String::from_utf8_lossy(href).into_owned())
        }
        _ => None,
    });
    links.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_html_gives_the_links_that_a_browser_would_see() {
        let html = "<html><body><a href=/d1/p1.html>no quotes<a href='two'>single quotes</b></i>\
                    <a name=nowhere>no address</a><!-- <a href=\"/commented-out.html\"> --><a href=\"/unfinished";
        assert_eq!(hrefs(html), ["/d1/p1.html", "two"]);
        assert_eq!(hrefs(""), [""; 0]);
    }
}
