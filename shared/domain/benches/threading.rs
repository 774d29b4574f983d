//! Splitting texts of 1,000, 5,000 and 25,000 characters, of several kinds, into numbered parts of 280.
//!
//! `cargo bench --package domain --bench threading`; it prints the medians and the characters for each millisecond.

#![allow(clippy::print_stdout, reason = "a benchmark prints")]

use std::hint::black_box;
use std::time::Instant;

use domain::threading::{Numbering, split};

const ROUNDS: usize = 21;

/// What is said over and over, and what it is an example of.
const KINDS: [(&str, &str); 7] = [
    (
        "a mixture",
        "We shipped version 3.14 today, see example.com/notes and https://example.com/a/b?c=1 for more. \
         Dr. Smith (@alice) said it was “about time” 👨‍👩‍👧‍👦 #rust $TSLA.\n\nNaïve cafés? 你好世界，再见。 Yes! ",
    ),
    ("English", "The quick brown fox jumps over the lazy dog, and then it sleeps for a while. "),
    ("links", "example.com/path https://example.com/a/b?c=1 test.rs. "),
    ("Chinese", "故人西辞黄鹤楼，烟花三月下扬州。孤帆远影碧空尽，唯见长江天际流。"),
    ("Chinese with links", "请看https://example.com/path这里有更多的消息，还有example.com和#标签 请看。"),
    ("emoji", "👨‍👩‍👧‍👦 🙋🏽👨‍🎤 🇩🇪🇫🇷 ❤️ "),
    ("one word", "abcdefghijklmnopqrstuvwxyz"),
];

fn main() {
    for (name, sentence) in KINDS {
        for length in [1_000, 5_000, 25_000] {
            let text: String = sentence.chars().cycle().take(length).collect();
            let mut times: Vec<f64> = (0..ROUNDS)
                .map(|_| {
                    let began = Instant::now();
                    black_box(split(black_box(&text), 280, Numbering::Auto));
                    began.elapsed().as_secs_f64() * 1e3
                })
                .collect();
            times.sort_by(f64::total_cmp);
            let median = times[ROUNDS / 2];
            let parts = split(&text, 280, Numbering::Auto).len();
            println!(
                "{name}, {length} characters: {median:.2} ms, {:.0} characters/ms, {parts} parts",
                length as f64 / median
            );
        }
    }
}
