//! What a site asks of crawlers: [`Robots`].

use url::Url;

/// The rules of a `/robots.txt` that are meant for every crawler (`User-agent: *`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Robots {
    rules: Vec<Rule>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    path: String,
    allowed: bool,
}

impl Robots {
    /// Reads the text of a `/robots.txt`. Lines that mean nothing are passed over.
    ///
    /// ```
    /// use web::{Robots, Url};
    ///
    /// let robots = Robots::parse("User-agent: *\nDisallow: /private/\nAllow: /private/press.html\n");
    /// let at = |path: &str| Url::parse("http://example.test").unwrap().join(path).unwrap();
    /// assert!(robots.allows(&at("/index.html")));
    /// assert!(!robots.allows(&at("/private/diary.html")));
    /// assert!(robots.allows(&at("/private/press.html")));
    /// ```
    pub fn parse(text: &str) -> Self {
        let mut rules = Vec::new();
        let (mut for_all, mut in_names) = (false, false);
        for line in text.lines() {
            let line = line.split('#').next().unwrap_or_default();
            let Some((field, value)) = line.split_once(':') else { continue };
            let value = value.trim();
            match field.trim().to_ascii_lowercase().as_str() {
                "user-agent" => {
                    // Names that follow each other share the rules below them.
                    for_all = value == "*" || (in_names && for_all);
                    in_names = true;
                    continue;
                }
                "disallow" if for_all && !value.is_empty() => {
                    rules.push(Rule { path: value.to_owned(), allowed: false });
                }
                "allow" if for_all && !value.is_empty() => rules.push(Rule { path: value.to_owned(), allowed: true }),
                _ => {}
            }
            in_names = false;
        }
        Self { rules }
    }

    /// Whether a page may be fetched: the longest rule that its path begins with decides, and without one it may.
    pub fn allows(&self, url: &Url) -> bool {
        let matching = self.rules.iter().filter(|rule| url.path().starts_with(&rule.path));
        matching.max_by_key(|rule| (rule.path.len(), rule.allowed)).is_none_or(|rule| rule.allowed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(text: &str, path: &str) -> bool {
        Robots::parse(text).allows(&Url::parse("http://example.test").unwrap().join(path).unwrap())
    }

    #[test]
    fn rules_for_other_crawlers_are_none_of_ours() {
        let text =
            "User-agent: other\nDisallow: /\n\nuser-agent: one\nuser-agent: *\nDISALLOW: /secret # hush\nDisallow:\n";
        assert!(allows(text, "/open"));
        assert!(!allows(text, "/secret/plan"));
        assert!(allows("Disallow: /\n", "/"), "a rule for nobody");
    }
}
