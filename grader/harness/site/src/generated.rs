//! A generated site of linked pages, with everything on it that a crawler stumbles over.

use std::fmt::Write as _;

use crate::body::mixed;
use crate::{Body, ORIGIN, Reply, Site};

/// What a generated site is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Linked {
    /// What determines it.
    pub seed: u64,
    /// How many pages of HTML it has, its front page `/` included.
    pub pages: usize,
    /// The longest latency of a page in milliseconds; each has its own, from 0 up to this.
    pub latency_ms: u64,
}

/// A site of linked pages.
///
/// Every page can be reached from `/`, by several ways of different lengths, and there are cycles. Besides plain links
/// there are relative ones (`..` among them), fragments, links written in capitals, dead links, other origins,
/// redirects, redirects in a circle, an image, a page whose markup is broken, a server error, and pages that
/// `/robots.txt` forbids.
pub fn linked(what: &Linked) -> Site {
    let mut dice = Dice(what.seed);
    let mut site = Site::new();
    for page in 0..what.pages {
        let mut text = format!("<!doctype html>\n<html><head><title>Page {page}</title></head>\n<body>\n");
        for link in links_of(page, what.pages, &mut dice) {
            // Writing to a string does not fail.
            let _ = writeln!(text, "<p>See <a href=\"{link}\">this</a>.</p>");
        }
        text.push_str("</body></html>\n");
        let latency = dice.next() % (what.latency_ms + 1);
        site = site.with(path_of(page), Reply::html(text).after_ms(latency));
    }
    with_oddities(site, what.pages)
}

/// The paths that are odd in one way or another.
fn with_oddities(site: Site, pages: usize) -> Site {
    let last = path_of(pages.saturating_sub(1));
    let broken = format!(
        "<html><body><a href=/d1/p1.html>no quotes<a href='{last}'>single quotes</b></i>\
         <a name=nowhere>no address</a><!-- <a href=\"/commented-out.html\"> --><a href=\"/odd/unfinished"
    );
    site.with("/robots.txt", Reply::ok(Body::Text("User-agent: *\nDisallow: /private/\n".to_owned())))
        .with("/private/diary.html", Reply::html("<html><body><a href=\"/private/more.html\">more</a></body></html>"))
        .with("/private/more.html", Reply::html("<html><body>Nobody should read this.</body></html>"))
        .with("/odd/moved", Reply::redirect(301, last.clone()))
        .with("/odd/moved-far", Reply::redirect(302, format!("{ORIGIN}{last}")))
        .with("/odd/away", Reply::redirect(302, "http://elsewhere.test/landing.html"))
        .with("/odd/loop/a", Reply::redirect(302, "/odd/loop/b"))
        .with("/odd/loop/b", Reply::redirect(302, "a"))
        .with("/odd/image.png", Reply::ok(Body::pattern(7, 2_000)).header("content-type", "image/png"))
        .with("/odd/broken.html", Reply::html(broken))
        .with("/odd/error.html", Reply::status(500))
}

/// Where a page stands.
fn path_of(page: usize) -> String {
    if page == 0 { "/".to_owned() } else { format!("/d{}/p{page}.html", page % 7) }
}

/// The links of a page, as its markup writes them.
fn links_of(page: usize, pages: usize, dice: &mut Dice) -> Vec<String> {
    // A tree, so that every page can be reached …
    let mut links: Vec<String> = (3 * page + 1..=3 * page + 3).filter(|child| *child < pages).map(path_of).collect();
    // … and ways across and back.
    for _ in 0..3 {
        let other = dice.below(pages);
        links.push(match dice.below(5) {
            0 => format!("{}#part-{other}", path_of(other)),
            1 if page > 0 && other > 0 => format!("../d{}/./p{other}.html", other % 7),
            2 => format!("{ORIGIN}{}", path_of(other)),
            3 if page > 0 && other > 0 => format!("../d0/../d{}/p{other}.html#top", other % 7),
            _ => path_of(other),
        });
    }
    let odd = [
        "/missing/page.html",
        "/odd/moved",
        "/odd/moved-far",
        "/odd/away",
        "/odd/loop/a",
        "/odd/image.png",
        "/odd/broken.html",
        "/odd/error.html",
        "/private/diary.html",
        "http://elsewhere.test/start.html",
        "mailto:somebody@elsewhere.test",
        "HTTP://ELSEWHERE.TEST:80/start.html",
    ];
    // Each of them on an early page of its own, and now and then elsewhere.
    links.extend(odd.get(page).map(|link| (*link).to_owned()));
    if dice.below(8) == 0 {
        links.push(odd[dice.below(odd.len())].to_owned());
    }
    links
}

/// Numbers that a seed determines.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mixed(self.0)
    }

    /// A number below `bound`.
    #[expect(clippy::cast_possible_truncation, reason = "what is lost is no less random than what is kept")]
    fn below(&mut self, bound: usize) -> usize {
        self.next() as usize % bound
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_means_one_site_and_another_seed_another() {
        let what = Linked { seed: 3, pages: 200, latency_ms: 4 };
        assert_eq!(linked(&what), linked(&what));
        assert_ne!(linked(&what), linked(&Linked { seed: 4, ..what }));
        assert!(linked(&what).pages.len() > 200);
    }
}
