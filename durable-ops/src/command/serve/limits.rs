//! What one request may cost.

use std::time::Duration;

use clap::Args;
use clap::builder::RangedU64ValueParser;
use durable_server::Limits;

use crate::span;

/// The limits that fit a hub and its clients. Those of addresses and headers are as they are.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub(super) struct LimitArguments {
    /// The most bytes of a body
    #[arg(long, value_name = "BYTES", value_parser = least_one(), default_value = "4194304")]
    body_max: usize,
    /// How long a body may take to come
    #[arg(long, value_name = "SPAN", value_parser = span::parse, default_value = "30s")]
    body_time: Duration,
    /// The most instances of one page
    #[arg(long, value_name = "N", value_parser = least_one(), default_value = "1000")]
    page_max: usize,
    /// The most instances of one tree
    #[arg(long, value_name = "N", value_parser = least_one(), default_value = "1000")]
    tree_max: usize,
    /// How long a request may take, what it waits for left aside
    #[arg(long, value_name = "SPAN", value_parser = span::parse, default_value = "30s")]
    request_time: Duration,
    /// How long a start may wait for its end
    #[arg(long, value_name = "SPAN", value_parser = span::parse, default_value = "230s")]
    wait_max: Duration,
    /// How long a fence may be put up for
    #[arg(long, value_name = "SPAN", value_parser = span::parse, default_value = "24h")]
    fence_max: Duration,
    /// The most connections at once; further ones wait
    #[arg(long, value_name = "N", value_parser = least_one(), default_value = "1024")]
    connections: usize,
}

fn least_one() -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(1..=1_000_000_000)
}

impl LimitArguments {
    pub(super) fn limits(&self) -> Limits {
        Limits {
            body: self.body_max,
            body_time: self.body_time,
            page: self.page_max,
            tree: self.tree_max,
            time: self.request_time,
            wait: self.wait_max,
            fence: self.fence_max,
            connections: self.connections,
            ..Limits::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Alone {
        #[command(flatten)]
        limits: LimitArguments,
    }

    #[test]
    fn the_defaults_are_those_of_the_library() {
        let alone = Alone::try_parse_from(["serve"]).unwrap();
        assert_eq!(alone.limits.limits(), Limits::default());
    }
}
