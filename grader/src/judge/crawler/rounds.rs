//! The rounds of each check of exercise 8.
//!
//! Every check looks at its own property alone, on sites where a mistake of another kind does not show: no page is
//! linked twice where pages are counted, one worker crawls where names are compared.

use std::time::Duration;

use fastrand::Rng;
use protocol::crawler::{Answer, Crawl};

use super::reference::{due, is_fetched};
use super::sites::{Sketch, html, redirect, site, status};
use super::{Aspect, chain, crawled};
use crate::judge::{Effort, Plan, Round, VirtualWork};
use crate::verdict::Lens;

use Aspect::{Allowed, Gathered, InFlight, Limit, Map, Once, Rules};

/// The pages of the long chain: a call for each page would need a stack of many megabytes.
const CHAIN: usize = 20_000;

/// The rounds of a check under a lens.
pub(super) fn of(plan: &Plan<'_>) -> Vec<Round> {
    match plan.lens {
        Lens::Explore => explored(plan.check),
        Lens::Stress => stressed(plan),
        Lens::Chaos => chaotic(plan.check),
        Lens::Timing => timed(plan.check),
    }
}

fn explored(check: &str) -> Vec<Round> {
    match check {
        "no-page-is-fetched-twice" => {
            vec![crawled(diamond(), &[Once]), crawled(triangle(), &[Once])]
        }
        "depth-is-the-shortest-way" => vec![crawled(detour(100), &[Map]), crawled(detour(3), &[Map])],
        "ends-when-nothing-is-left" => vec![
            crawled(row(), &[Map]),
            crawled(star(1).workers(3), &[Map]),
            crawled(fork().together(1, &["/a", "/b"]), &[Map]),
            crawled(late_fork().together(1, &["/b", "/c"]), &[Map]),
        ],
        "as-many-fetches-as-workers" => vec![
            crawled(star(3), &[InFlight]),
            crawled(fork().together(1, &["/a", "/b"]), &[InFlight]),
            crawled(slow_beside_two_levels(), &[InFlight]),
        ],
        "max-pages-is-never-exceeded" => {
            vec![crawled(limited(star(3), 2), &[Limit]), crawled(limited(star(3), 3), &[Limit])]
        }
        "bad-answers-are-outcomes" => vec![crawled(fork_with(Answer::Timeout), &[Map])],
        "a-panic-costs-its-own-page" => vec![crawled(fork_with(Answer::Panics), &[Map])],
        "robots-are-obeyed" => vec![crawled(private_fork(2), &[Rules, Allowed, Map])],
        _ => Vec::new(),
    }
}

fn stressed(plan: &Plan<'_>) -> Vec<Round> {
    let times = match plan.effort {
        Effort::Quick => 3,
        Effort::Full => 20,
    };
    let again = |crawl: Crawl, aspects: &[Aspect]| -> Vec<Round> {
        (0..times).map(|_| crawled(crawl.clone(), aspects)).collect()
    };
    match plan.check {
        "one-worker-finds-every-page" => vec![
            crawled(row().workers(1), &[Map]),
            crawled(diamond().workers(1), &[Map]),
            crawled(limited_depth(), &[Map]),
            crawled(tangle(plan.seed, 60).workers(1), &[Map]),
            chain(CHAIN),
        ],
        "no-page-is-fetched-twice" => (0..times).map(|round| crawled(tangle(plan.seed + round, 60), &[Once])).collect(),
        "depth-is-the-shortest-way" => {
            let mut rounds =
                vec![crawled(detour(100).after("/a", "/c"), &[Map]), crawled(detour(3).after("/a", "/c"), &[Map])];
            rounds.extend((0..times).map(|round| crawled(tangle(plan.seed + round, 60), &[Map])));
            rounds
        }
        "ends-when-nothing-is-left" => {
            let mut rounds = again(row().workers(4), &[Map]);
            rounds.extend(again(fork().workers(3), &[Map]));
            rounds
        }
        "as-many-fetches-as-workers" => vec![
            crawled(gathering(4), &[InFlight, Gathered]),
            crawled(gathering(12), &[InFlight, Gathered]),
            crawled(slow_beside_two_levels(), &[InFlight, Gathered]),
            crawled(star(200).workers(5), &[InFlight]),
        ],
        "max-pages-is-never-exceeded" => {
            let mut rounds = again(limited(star(40), 17), &[Limit]);
            rounds.extend([0, 1, 41, 42].map(|pages| crawled(limited(star(40), pages).workers(1), &[Limit, Map])));
            rounds
        }
        "one-page-has-one-name" => {
            vec![crawled(many_names(), &[Map, Once]), crawled(moved(), &[Map, Once]), crawled(odd_seed(), &[Map, Once])]
        }
        "robots-are-obeyed" => vec![
            crawled(private_fork(1), &[Rules, Allowed, Map]),
            crawled(two_origins(true), &[Rules, Allowed, Map]),
            crawled(
                private_fork(1)
                    .answering("/robots.txt", status(404, "text/html", "User-agent: *\nDisallow: /".to_owned())),
                &[Rules, Map],
            ),
            crawled(private_fork(1).answering("/robots.txt", Answer::Timeout), &[Rules, Map]),
        ],
        "a-site-gives-one-map" => {
            let mut rounds = vec![crawled(overtaken(everything()), &[Map])];
            rounds.extend(again(everything(), &[Map]));
            rounds
        }
        "other-origins-stay-outside" => {
            vec![crawled(away(true), &[Allowed, Map]), crawled(away(false), &[Allowed, Map])]
        }
        _ => Vec::new(),
    }
}

fn timed(check: &str) -> Vec<Round> {
    match check {
        "waits-overlap" | "wall-time" => vec![crawled(rows_of_waits().0, &[Map])],
        _ => Vec::new(),
    }
}

/// The work of a timing check on the virtual clock, where its duration has no noise.
pub(super) fn virtual_work(check: &str) -> Option<VirtualWork> {
    let (crawl, optimum) = rows_of_waits();
    (check == "waits-overlap").then(|| VirtualWork { round: crawled(crawl, &[Map]), optimum })
}

fn chaotic(check: &str) -> Vec<Round> {
    match check {
        "bad-answers-are-outcomes" => vec![
            crawled(bad_answers().workers(1), &[Map]),
            crawled(bad_answers(), &[Map]),
            crawled(broken_pages(), &[Map]),
            crawled(circle(), &[Map, Once]),
        ],
        "a-panic-costs-its-own-page" => vec![
            crawled(fork_with(Answer::Panics).workers(1), &[Map]),
            crawled(panics(2), &[Map]),
            crawled(site().answering("/", Answer::Panics), &[Map]),
        ],
        _ => Vec::new(),
    }
}

/// Two ways to one page.
fn diamond() -> Crawl {
    site().page("/", &["/a", "/b"]).page("/a", &["/c"]).page("/b", &["/c"]).leaves(&["/c"])
}

/// Everybody links to everybody.
fn triangle() -> Crawl {
    let all = &["/", "/a", "/b"];
    site().page("/", all).page("/a", all).page("/b", all)
}

/// A short way to `/t` over `/a`, a long one over `/b` and `/c`, and a page behind it.
fn detour(max_depth: usize) -> Crawl {
    let mut crawl = site()
        .page("/", &["/a", "/b"])
        .page("/a", &["/t"])
        .page("/b", &["/c"])
        .page("/c", &["/t"])
        .page("/t", &["/u"])
        .leaves(&["/u"]);
    crawl.options.max_depth = max_depth;
    crawl
}

/// Never more than one page to fetch.
fn row() -> Crawl {
    site().page("/", &["/a"]).page("/a", &["/b"]).leaves(&["/b"])
}

/// Two pages at once.
fn fork() -> Crawl {
    site().page("/", &["/a", "/b"]).leaves(&["/a", "/b"])
}

/// Two pages at once, but not at first.
fn late_fork() -> Crawl {
    site().page("/", &["/a"]).page("/a", &["/b", "/c"]).leaves(&["/b", "/c"])
}

/// One page answers in its own way, another leads on.
fn fork_with(answer: Answer) -> Crawl {
    site().page("/", &["/a", "/b"]).answering("/a", answer).page("/b", &["/c"]).leaves(&["/c"])
}

/// While `/a` is under way, another worker has all the time it needs to fetch `/b` and then `/c`.
fn slow_beside_two_levels() -> Crawl {
    site().page("/", &["/a", "/b"]).page("/b", &["/c"]).leaves(&["/a", "/c"]).together(1, &["/a", "/c"])
}

/// A front page that links to `leaves` others.
fn star(leaves: usize) -> Crawl {
    let paths: Vec<String> = (1..=leaves).map(|leaf| format!("/{leaf}")).collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    site().page("/", &paths).leaves(&paths)
}

/// A star whose leaves have to be under way together, as many as there are workers. One of them takes longer: at the end
/// all other workers sleep.
fn gathering(workers: usize) -> Crawl {
    let paths: Vec<String> = (1..=workers).map(|leaf| format!("/{leaf}")).collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    star(workers).together(1, &paths).taking("/1", 50).workers(workers)
}

fn limited(mut crawl: Crawl, max_pages: usize) -> Crawl {
    crawl.options.max_pages = max_pages;
    crawl
}

fn limited_depth() -> Crawl {
    let mut crawl = row().workers(1);
    crawl.options.max_depth = 1;
    crawl
}

/// A site of many pages with links across and back, some of them slow.
fn tangle(seed: u64, pages: usize) -> Crawl {
    let mut dice = Rng::with_seed(seed);
    let path = |page: usize| if page == 0 { "/".to_owned() } else { format!("/{page}") };
    (0..pages).fold(site(), |crawl, page| {
        let mut links: Vec<String> = (2 * page + 1..=2 * page + 2).filter(|child| *child < pages).map(path).collect();
        links.extend((0..3).map(|_| path(dice.usize(..pages))));
        let links: Vec<&str> = links.iter().map(String::as_str).collect();
        crawl.page(&path(page), &links).taking(&path(page), dice.u64(..3))
    })
}

/// One page under many names.
fn many_names() -> Crawl {
    let names = [
        "/docs/a.html",
        "/docs/a.html#top",
        "/docs/../docs/./a.html",
        "docs/a.html",
        "HTTP://SITE.TEST/docs/a.html",
        "http://site.test:80/docs/a.html#",
        "//site.test/docs/a.html",
        " /docs/a.html ",
        "#here",
        "",
    ];
    site()
        .page("/", &names)
        .page(
            "/docs/a.html",
            &["../docs/b.html", "b.html#end", "../../../docs/b.html", "?page=2", "a.html?page=2#x", "a.html"],
        )
        .page("/docs/b.html", &["./", "../"])
        .page("/docs/a.html?page=2", &["a.html?"])
        .leaves(&["/docs/", "/docs/a.html?"])
        .workers(1)
}

/// Redirects: absolute, relative, with a fragment, and to a page that is linked as well.
fn moved() -> Crawl {
    site()
        .page("/", &["/old", "/new", "/x/older", "/oldest"])
        .answering("/old", redirect(301, "http://SITE.test:80/new#part"))
        .answering("/x/older", redirect(302, "../new"))
        .answering("/oldest", redirect(308, "/old"))
        .page("/new", &["/old#again"])
        .workers(1)
}

/// A seed with a fragment.
fn odd_seed() -> Crawl {
    let mut crawl = site().page("/", &["/a#one", "/#top"]).page("/a", &["/"]).workers(1);
    crawl.seed.push_str("#start");
    crawl
}

/// Pages that nobody should read.
fn private_fork(workers: usize) -> Crawl {
    let mut crawl = site()
        .answering("/robots.txt", status(200, "text/plain", "User-agent: *\nDisallow: /private\n".to_owned()))
        .page("/", &["/private", "/a", "/b"])
        .page("/private", &["/secret"])
        .leaves(&["/a", "/b", "/secret"])
        .workers(workers);
    crawl.options.obey_robots = true;
    crawl
}

/// Two sites, each with its own rules.
fn two_origins(obey_robots: bool) -> Crawl {
    let rules = |path: &str| status(200, "text/plain", format!("User-agent: *\nDisallow: {path}\n"));
    let mut crawl = site()
        .answering("/robots.txt", rules("/a"))
        .answering("http://other.test/robots.txt", rules("/b"))
        .page("/", &["/a", "/b", "http://other.test/a", "http://other.test/b"])
        .leaves(&["/a", "/b", "http://other.test/a", "http://other.test/b"])
        .workers(1);
    crawl.options = protocol::crawler::Options { obey_robots, same_origin: false, ..crawl.options };
    crawl
}

/// Links and a redirect that lead away.
fn away(same_origin: bool) -> Crawl {
    let mut crawl = site()
        .page(
            "/",
            &[
                "http://other.test/",
                "https://site.test/",
                "http://site.test:8080/",
                "/moved",
                "http://site.test.other.test/",
            ],
        )
        .answering("/moved", redirect(302, "http://other.test/landing"))
        .page("http://other.test/", &["/further", "http://site.test/back"])
        .leaves(&["http://other.test/landing", "http://other.test/further", "/back"])
        .leaves(&["https://site.test/", "http://site.test:8080/", "http://site.test.other.test/"])
        .workers(1);
    crawl.options.same_origin = same_origin;
    crawl
}

/// Everything that can come instead of a page.
fn bad_answers() -> Crawl {
    site()
        .page("/", &["/missing", "/error", "/slow", "/gone", "/image", "/nowhere", "/not-modified", "/fine"])
        .answering("/error", status(500, "text/html", "<a href=\"/hidden\">".to_owned()))
        .answering("/slow", Answer::Timeout)
        .answering("/gone", Answer::Connection)
        .answering("/image", status(200, "image/png", "<a href=\"/hidden\">".to_owned()))
        .answering("/nowhere", redirect(302, "http://[nowhere"))
        .answering("/not-modified", status(304, "text/html", String::new()))
        .page("/fine", &["/slower"])
        .answering("/slower", Answer::Timeout)
}

/// Pages that are not what they should be.
fn broken_pages() -> Crawl {
    let broken = "<html><body><a href=/a>no quotes<a href='/b'>single</b></i><a name=nowhere>none</a>\
                  <!-- <a href=\"/commented-out\"> --><a href=\"mailto:a@b.test\"><a href=\"javascript:go()\">\
                  <a href=\"http://[broken\"><a href=\"http://site.test:port/\"><a href=\"/unfinished";
    site()
        .answering("/", html(broken.to_owned()))
        .answering("/a", html(String::new()))
        .answering("/b", html("\u{fffd}<<<>>><a href=\"/c\" href=\"/d\">&amp;".to_owned()))
        .answering("/c", status(200, "Text/HTML", "<A HREF=\"/e?x=1&amp;y=2\">".to_owned()))
        .workers(1)
}

/// Redirects that lead to each other, and one to itself.
fn circle() -> Crawl {
    site()
        .page("/", &["/a", "/self"])
        .answering("/a", redirect(302, "/b"))
        .answering("/b", redirect(302, "/c"))
        .answering("/c", redirect(302, "/a"))
        .answering("/self", redirect(301, "/self"))
        .workers(1)
}

/// More pages at which the fetcher panics than there are workers.
fn panics(workers: usize) -> Crawl {
    let all = ["/1", "/2", "/3", "/4", "/5", "/6", "/a"];
    let crawl = site().page("/", &all).page("/a", &["/b"]).leaves(&["/b"]).workers(workers);
    all[..6].iter().fold(crawl, |crawl, path| crawl.answering(path, Answer::Panics))
}

/// A site with a little of everything.
fn everything() -> Crawl {
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
    let mut crawl = tangle(8, 120);
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
        .page("/brief", &["/here"])
        .page("/wide/1", &["2"])
        .page("/wide/2", &["../here"])
        .page("/here", &["/beyond"])
        .leaves(&["/farthest", "/beyond", "/last"])
        .workers(6);
    crawl.options.obey_robots = true;
    crawl
}

/// The same site, where answers overtake each other: everything behind `/far` is answered before the short way to it,
/// `/here` is under way while the short way to it is found, and `/last` comes when everybody else has nothing to do.
fn overtaken(crawl: Crawl) -> Crawl {
    let fetched: Vec<String> = due(&crawl, None)
        .into_iter()
        .filter(|(url, visit)| is_fetched(visit.outcome) && !url.ends_with("/last"))
        .map(|(url, _)| url)
        .collect();
    let crawl = crawl.after("/short", "/farthest").after("/brief", "/wide/2").after("/here", "/brief");
    fetched.iter().fold(crawl, |crawl, url| crawl.after("/last", url)).taking("/last", 50)
}

/// Eight rows of pages for eight workers, with the least time that they take. Each row has one slow page, at another
/// place than the others: whoever goes level by level waits for a slow page on every level.
fn rows_of_waits() -> (Crawl, Duration) {
    const ROWS: usize = 8;
    let (front, quick, slow) = (10, 10, 50);
    let path = |row: usize, place: usize| format!("/{row}/{place}");
    let first: Vec<String> = (0..ROWS).map(|row| path(row, 0)).collect();
    let first: Vec<&str> = first.iter().map(String::as_str).collect();
    let mut crawl = site().page("/", &first).taking("/", front).workers(ROWS);
    for (row, place) in (0..ROWS).flat_map(|row| (0..ROWS).map(move |place| (row, place))) {
        let next = path(row, place + 1);
        let links: &[&str] = if place + 1 < ROWS { &[&next] } else { &[] };
        let latency = if place == row { slow } else { quick };
        crawl = crawl.page(&path(row, place), links).taking(&path(row, place), latency);
    }
    (crawl, Duration::from_millis(front + slow + quick * (ROWS as u64 - 1)))
}
