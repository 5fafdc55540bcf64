//! The oracle of exercise 2: the file downloader.

mod due;
mod evidence;
mod listing;
mod orders;
mod rounds;
mod wording;

use protocol::downloader::{Answerer, Observation, Order, Requests};
use site::Log;

use crate::judge::snapshot::Snapshot;
use crate::judge::{Fault, Judge, Plan, Round, VirtualWork};
use crate::verdict::Repeats;

/// The oracle of exercise 2.
pub(super) struct DownloaderJudge;

impl Judge for DownloaderJudge {
    fn rounds(&self, plan: &Plan<'_>) -> Vec<Round> {
        rounds::of(plan)
    }

    fn virtual_work(&self, plan: &Plan<'_>) -> Option<VirtualWork> {
        rounds::virtual_work(plan.check)
    }

    fn snapshots(&self) -> Vec<Snapshot> {
        vec![listing::snapshot()]
    }
}

/// Everything that is known of a round.
struct Evidence<'a> {
    order: &'a Order,
    observation: &'a Observation,
    requests: &'a Requests,
}

/// What a round looks at.
type Aspect = fn(&Evidence<'_>) -> Option<Fault>;

/// A round of which some aspects are looked at.
fn download(order: Order, aspects: &[Aspect]) -> Round {
    let aspects = aspects.to_vec();
    let repeats = if order.workers > 1 { Repeats::Roughly } else { Repeats::Exactly };
    let scene = wording::sketch(&order);
    let asked = order.clone();
    let judge = move |observation: &Observation, log: &Log| {
        let seen = match order.answerer {
            Answerer::Memory => observation.requests.clone().unwrap_or_default(),
            Answerer::Server => Requests::from(log),
        };
        let evidence = Evidence { order: &order, observation, requests: &seen };
        aspects.iter().find_map(|aspect| aspect(&evidence))
    };
    let round = match asked.answerer {
        Answerer::Memory => {
            Round::new(&asked, repeats, move |observation: Observation| judge(&observation, &Log::default()))
        }
        Answerer::Server => Round::served(asked.site.clone(), &asked, repeats, move |observation: Observation, log| {
            judge(&observation, log)
        }),
    };
    round.shown_as(scene).stuck(wording::stuck)
}
