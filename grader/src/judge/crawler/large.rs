//! Large sites: what several workers get tangled up in.

use std::time::Duration;

use fastrand::Rng;
use protocol::crawler::{Answer, Crawl};
use site::{Linked, Reply, Site, linked};

use super::reference::{due, is_fetched};
use super::served::in_memory;
use super::sites::{Sketch, by, html, redirect, status};

/// A site of many pages with links across and back, some of them slow.
pub(super) fn tangle(seed: u64, pages: usize) -> Site {
    let mut dice = Rng::with_seed(seed);
    let path = |page: usize| if page == 0 { "/".to_owned() } else { format!("/{page}") };
    (0..pages).fold(Site::new(), |site, page| {
        let mut links: Vec<String> = (2 * page + 1..=2 * page + 2).filter(|child| *child < pages).map(path).collect();
        links.extend((0..3).map(|_| path(dice.usize(..pages))));
        site.with(path(page), linking(&links).after_ms(dice.u64(..3)))
    })
}

/// A page of links.
pub(super) fn linking<S: AsRef<str>>(links: &[S]) -> Reply {
    let paragraph = |link: &S| format!("<p>See <a href=\"{}\">this</a>.</p>\n", link.as_ref());
    Reply::html(links.iter().map(paragraph).collect::<String>())
}

/// Three hundred pages with everything that a crawler stumbles over. Its site map is stored.
pub(super) fn generated() -> Site {
    linked(&Linked { seed: 8, pages: 300, latency_ms: 2 })
}

/// A site with a little of everything.
pub(super) fn everything() -> Crawl {
    let odd = [
        "/old",
        "/image",
        "/error",
        "/slow",
        "/gone",
        "/broken",
        "/private/diary",
        "http://other.test/",
        "/missing#part",
        "/short",
        "/long/1",
        "/brief",
        "/wide/1",
        "/last",
    ];
    let mut crawl = in_memory(&tangle(8, 120), by(6));
    let front = crawl.site[&crawl.seed].clone();
    if let Answer::Page { body, .. } = front.answer {
        let more: Vec<String> = odd.iter().map(|link| format!("<a href={link}>more</a>\n")).collect();
        crawl = crawl.answering("/", html(body + &more.concat()));
    }
    let mut crawl = crawl
        .answering("/robots.txt", status(200, "text/plain", "User-agent: *\nDisallow: /private/\n".to_owned()))
        .answering("/old", redirect(301, "../119#end"))
        .answering("/image", status(200, "image/png", String::new()))
        .answering("/error", status(500, "text/html", "<a href=/hidden>".to_owned()))
        .answering("/slow", Answer::Timeout)
        .answering("/gone", Answer::Connection)
        .answering("/broken", html("<b><a href='/1#x'>one</i><a href=/unfinished".to_owned()))
        .page("/private/diary", &["/private/more"])
        .page("/short", &["/far"])
        .page("/long/1", &["2"])
        .page("/long/2", &["../far"])
        .page("/far", &["/farther"])
        .page("/farther", &["/farthest"])
        .page("/brief", &["/here", "/proof"])
        .page("/wide/1", &["2"])
        .page("/wide/2", &["../here"])
        .page("/here", &["/beyond"])
        .leaves(&["/farthest", "/beyond", "/proof", "/last"])
        // Whoever looks at the front too early is not found out here by luck: that is the matter of another check.
        .after("/", "/robots.txt");
    crawl.options.obey_robots = true;
    crawl
}

/// The same site, where answers overtake each other. Everything behind `/far` is answered before the short way to it.
/// `/here` is under way while the short way to it is found, and answered once that has been taken in: `/proof` is found
/// with it. `/last` comes when everybody else has nothing to do.
pub(super) fn overtaken(crawl: Crawl) -> Crawl {
    let fetched: Vec<String> = due(&crawl, None)
        .into_iter()
        .filter(|(url, visit)| is_fetched(visit.outcome) && !url.ends_with("/last"))
        .map(|(url, _)| url)
        .collect();
    let crawl = crawl.after("/short", "/farthest").together(1, &["/brief", "/here"]).after("/here", "/proof");
    fetched.iter().fold(crawl, |crawl, url| crawl.after("/last", url)).taking("/last", 50)
}

/// Eight rows of pages for eight workers, with the least time that they take. Each row has one slow page, at another
/// place than the others: whoever goes level by level waits for a slow page on every level.
pub(super) fn rows_of_waits() -> (Site, Duration) {
    const ROWS: usize = 8;
    let (front, quick, slow) = (8, 8, 40);
    let path = |row: usize, place: usize| format!("/{row}/{place}");
    let first: Vec<String> = (0..ROWS).map(|row| path(row, 0)).collect();
    let mut site = Site::new().with("/", linking(&first).after_ms(front));
    for (row, place) in (0..ROWS).flat_map(|row| (0..ROWS).map(move |place| (row, place))) {
        let next: Vec<String> = (place + 1..ROWS).take(1).map(|next| path(row, next)).collect();
        let latency = if place == row { slow } else { quick };
        site = site.with(path(row, place), linking(&next).after_ms(latency));
    }
    (site, Duration::from_millis(front + slow + quick * (ROWS as u64 - 1)))
}
