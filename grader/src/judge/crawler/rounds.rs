//! The rounds of each check of exercise 8.
//!
//! Every check looks at its own property alone, on sites where a mistake of another kind does not show: no page is
//! linked twice where pages are counted, one worker crawls where names are compared, and at most one sleeps where it does not
//! matter who is woken.

use protocol::crawler::{Answer, Crawl};
use site::{Body, Fault, Hold, Reply, Site};

use super::large::{everything, generated, linking, overtaken, rows_of_waits, tangle};
use super::served::{in_memory, served};
use super::sites::{HOME, Sketch, by, html, politely_by, redirect, site, status};
use super::{Aspect, chain, crawled};
use crate::judge::{Effort, Plan, Round, VirtualWork};
use crate::verdict::Lens;

use Aspect::{Allowed, Gathered, InFlight, Limit, Map, Once, Rules, Stored};

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
            crawled(slow_star(5, 10), &[InFlight]),
            crawled(fork().together(1, &["/a", "/b"]), &[InFlight]),
            crawled(slow_beside_two_levels(), &[InFlight]),
        ],
        "max-pages-is-never-exceeded" => {
            vec![crawled(limited(star(3), 2), &[Limit]), crawled(limited(star(3), 3), &[Limit])]
        }
        "bad-answers-are-outcomes" => vec![crawled(fork_with(Answer::Timeout), &[Map])],
        "a-panic-costs-its-own-page" => vec![crawled(fork_with(Answer::Panics), &[Map])],
        "robots-are-obeyed" => vec![
            crawled(private_fork(2), &[Rules, Allowed, Map]),
            crawled(two_origins(true, "http://other.test").workers(2), &[Rules, Allowed, Map]),
        ],
        _ => Vec::new(),
    }
}

fn stressed(plan: &Plan<'_>) -> Vec<Round> {
    let (times, visits) = match plan.effort {
        Effort::Quick => (3, 1),
        Effort::Full => (20, 5),
    };
    let again = |crawl: Crawl, aspects: &[Aspect]| -> Vec<Round> {
        (0..times).map(|_| crawled(crawl.clone(), aspects)).collect()
    };
    match plan.check {
        "one-worker-finds-every-page" => vec![
            crawled(row().workers(1), &[Map]),
            crawled(diamond().workers(1), &[Map]),
            crawled(limited_depth(), &[Map]),
            crawled(in_memory(&tangle(plan.seed, 60), by(1)), &[Map]),
            chain(CHAIN),
        ],
        "no-page-is-fetched-twice" => {
            let sites = |count| (0..count).map(|round| tangle(plan.seed + round, 60));
            let in_memory = sites(times).map(|site| crawled(in_memory(&site, by(2)), &[Once]));
            in_memory.chain(sites(visits).map(|site| served(site, by(2), &[Once]))).collect()
        }
        "depth-is-the-shortest-way" => {
            let mut rounds =
                vec![crawled(detour(100).after("/a", "/c"), &[Map]), crawled(detour(3).after("/a", "/c"), &[Map])];
            rounds.extend((0..times).map(|round| crawled(in_memory(&tangle(plan.seed + round, 60), by(2)), &[Map])));
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
            crawled(slow_star(60, 4).workers(5), &[InFlight]),
            // Whichever end pages are taken from, the other site's come first in one of the two.
            crawled(slow_rules("http://another.test"), &[InFlight, Gathered]),
            crawled(slow_rules("http://zoo.test"), &[InFlight, Gathered]),
            served(crowd(4), by(4), &[InFlight, Gathered]),
            served(crowd(12), by(12), &[InFlight, Gathered]),
            served(tangle(plan.seed, 60), by(5), &[InFlight]),
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
            crawled(two_origins(true, "http://other.test"), &[Rules, Allowed, Map]),
            crawled(two_origins(true, "http://site.test:8080"), &[Rules, Allowed, Map]),
            crawled(limited(private_fork(1), 3), &[Map]),
            crawled(
                private_fork(1)
                    .answering("/robots.txt", status(404, "text/html", "User-agent: *\nDisallow: /".to_owned())),
                &[Rules, Map],
            ),
            crawled(
                private_fork(1)
                    .answering("/robots.txt", status(500, "text/plain", "User-agent: *\nDisallow: /".to_owned())),
                &[Rules, Map],
            ),
            crawled(private_fork(1).answering("/robots.txt", Answer::Timeout), &[Rules, Map]),
            crawled(private_fork(1).answering("/robots.txt", Answer::Panics), &[Rules, Map]),
            served(private_site(), politely_by(2), &[Rules, Allowed, Map]),
        ],
        "a-site-gives-one-map" => {
            let mut rounds = vec![crawled(overtaken(everything()), &[Map])];
            rounds.extend(again(everything(), &[Map]));
            rounds.push(crawled(in_memory(&generated(), politely_by(8)).after("/", "/robots.txt"), &[Stored]));
            rounds.extend((0..visits).map(|_| served(generated(), politely_by(8), &[Stored])));
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
        // The exact clock of the one is the model's; the other one's is the grader's, beside its server.
        "waits-overlap" => vec![crawled(in_memory(&rows_of_waits().0, by(8)), &[Map])],
        "wall-time" => vec![served(rows_of_waits().0, by(8), &[Map])],
        _ => Vec::new(),
    }
}

/// The work of a timing check on the virtual clock, where its duration has no noise.
pub(super) fn virtual_work(check: &str) -> Option<VirtualWork> {
    let (site, optimum) = rows_of_waits();
    (check == "waits-overlap").then(|| VirtualWork { round: crawled(in_memory(&site, by(8)), &[Map]), optimum })
}

fn chaotic(check: &str) -> Vec<Round> {
    match check {
        "bad-answers-are-outcomes" => vec![
            crawled(bad_answers().workers(1), &[Map]),
            crawled(bad_answers(), &[Map]),
            crawled(broken_pages(), &[Map]),
            crawled(circle(), &[Map, Once]),
            served(broken_server(), by(1), &[Map]),
            served(broken_server(), by(2), &[Map]),
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

/// The same, where every leaf takes so many milliseconds: whoever may begin one meanwhile does.
fn slow_star(leaves: usize, latency_ms: u64) -> Crawl {
    (1..=leaves).fold(star(leaves), |crawl, leaf| crawl.taking(&format!("/{leaf}"), latency_ms))
}

/// A front page that leads to as many pages as there are workers, none of which the server answers before all are asked for.
fn crowd(workers: usize) -> Site {
    let paths: Vec<String> = (1..=workers).map(|page| format!("/{page}")).collect();
    let front = Site::new().with("/", linking(&paths));
    let nowhere: [&str; 0] = [];
    paths.into_iter().fold(front, |site, path| site.with(path, linking(&nowhere).held(Hold::InFlight(workers))))
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

/// A site whose rules are slow to come.
fn private_site() -> Site {
    let rules = Reply::ok(Body::Text("User-agent: *\nDisallow: /private\n".to_owned()));
    let nowhere: [&str; 0] = [];
    Site::new()
        .with("/robots.txt", rules.header("content-type", "text/plain").after_ms(20))
        .with("/", linking(&["/private", "/a", "/b"]))
        .with("/private", linking(&["/secret"]))
        .with("/a", linking(&["/private/too"]))
        .with("/b", linking(&nowhere))
        .with("/secret", linking(&nowhere))
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

/// Two sites, each with its own rules; the other one is at `other`.
fn two_origins(obey_robots: bool, other: &str) -> Crawl {
    let at_other = |path: &str| format!("{other}{path}");
    let [their_rules, their_a, their_b] = ["/robots.txt", "/a", "/b"].map(at_other);
    let rules = |path: &str| status(200, "text/plain", format!("User-agent: *\nDisallow: {path}\n"));
    let mut crawl = site()
        .answering("/robots.txt", rules("/a"))
        .answering(&their_rules, rules("/b"))
        .page("/", &["/a", "/b", &their_a, &their_b])
        .leaves(&["/a", "/b", &their_a, &their_b])
        .workers(1);
    crawl.options = protocol::crawler::Options { obey_robots, same_origin: false, ..crawl.options };
    crawl
}

/// While another site's rules are on their way, a page at home can be fetched, although two others wait for those rules.
fn slow_rules(other: &str) -> Crawl {
    let at_other = |path: &str| format!("{other}{path}");
    let [rules, one, two] = ["/robots.txt", "/1", "/2"].map(at_other);
    // In the order of their addresses, in case that somebody sorts them.
    let links = if other < HOME { [&one, &two, "/a"] } else { ["/a", &one, &two] };
    let mut crawl = site().page("/", &links).leaves(&[&rules, &one, &two, "/a"]).together(1, &[&rules, "/a"]);
    crawl.options = protocol::crawler::Options { obey_robots: true, same_origin: false, ..crawl.options };
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

/// A server that does everything to a connection that can be done to it, with good pages in between.
fn broken_server() -> Site {
    let bad =
        ["/reset", "/cut", "/short", "/short-chunk", "/silent", "/stalls", "/error", "/image", "/loop/a", "/self"];
    let good = ["/chunked", "/dripping", "/missing", "/fine"];
    let page = || linking(&["/hidden", "/hidden-as-well"]);
    Site::new()
        .with("/", linking(&[&bad[..], &good[..]].concat()))
        .with("/reset", page().but(Fault::Reset))
        .with("/cut", page().but(Fault::ResetAfter(70)))
        .with("/short", page().but(Fault::EndAfter(70)))
        .with("/short-chunk", page().chunked().but(Fault::EndAfter(70)))
        .with("/silent", page().but(Fault::SilentAfter(0)))
        .with("/stalls", page().but(Fault::SilentAfter(70)))
        .with("/error", Reply { status: 500, ..page() })
        .with("/image", Reply::ok(Body::pattern(8, 3_000)).header("content-type", "image/png"))
        .with("/loop/a", Reply::redirect(302, "b"))
        .with("/loop/b", Reply::redirect(302, "/loop/a"))
        .with("/self", Reply::redirect(301, "/self"))
        .with("/chunked", linking(&["/behind-chunks"]).chunked().dripping(10, 1))
        .with("/dripping", linking(&["/behind-drops"]).dripping(7, 2))
        .with("/fine", linking(&["/late"]).after_ms(30))
        .with("/late", linking(&["/fine"]))
}

/// Pages that are not what they should be.
fn broken_pages() -> Crawl {
    let broken = "<html><body><a href=/a>no quotes<a href='/b'>single</b></i><a name=nowhere>none</a>\
                  <!-- <a href=\"/commented-out\"> --><a href=\"mailto:a@b.test\"><a href=\"javascript:go()\">\
                  <a href=\"ftp://site.test/f\"><a href=\"tel:123\">\
                  <a href=\"data:text/html,x\"><a href=\"http://[broken\"><a href=\"http://site.test:port/\">\
                  <a href=\"/unfinished";
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
