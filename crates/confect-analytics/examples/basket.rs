//! Itemsets and rules of a file, timed: one JSON line for `benches/basket.py`.
//!
//! `basket FILE --min-support S [--threads N] [--closed | --maximal] [--count | --rules] [--min-confidence C]
//! [--max-consequent N] [--lines SEPARATOR] [--rounds N]`; S is a share if below 1, else a count.
//! `seconds` is the median of the rounds and leaves out reading, as it does for the peers;
//! `cpu_seconds` is what the main thread used, which is all of it with one thread.

#![allow(clippy::print_stdout, clippy::disallowed_methods)]

use std::error::Error;
use std::fs::File;
use std::io::BufReader;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use confect_analytics::basket::{
    Kind, MinSupport, MineOptions, NamedBaskets, RuleOptions, count_itemsets, mine, read_fimi, read_lines,
    rules,
};
use confect_domain::Problem;

struct Arguments {
    file: String,
    lines: Option<u8>,
    options: MineOptions,
    rules: Option<RuleOptions>,
    rounds: usize,
    /// Itemsets are counted and not kept.
    count_only: bool,
}

fn arguments() -> Result<Arguments, Box<dyn Error>> {
    let mut found = Arguments {
        file: String::new(),
        lines: None,
        options: MineOptions::new(MinSupport::Share(0.0)).on_threads(1),
        rules: None,
        rounds: 1,
        count_only: false,
    };
    let (mut wish, mut confidence, mut longest) = (false, 0.25, 1);
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("`{word}` wants a value"));
        match word.as_str() {
            "--min-support" => {
                let support: f64 = value()?.parse()?;
                found.options.min_support = if support < 1.0 {
                    MinSupport::Share(support)
                } else {
                    MinSupport::Count(support as u32)
                };
            }
            "--threads" => found.options.threads = value()?.parse()?,
            "--closed" => found.options.kind = Kind::Closed,
            "--maximal" => found.options.kind = Kind::Maximal,
            "--rules" => wish = true,
            "--count" => found.count_only = true,
            "--min-confidence" => confidence = value()?.parse()?,
            "--max-consequent" => longest = value()?.parse()?,
            "--lines" => found.lines = value()?.bytes().next(),
            "--rounds" => found.rounds = value()?.parse::<usize>()?.max(1),
            _ => found.file = word,
        }
    }
    found.rules = wish.then(|| RuleOptions { max_consequent_len: longest, ..RuleOptions::new(confidence) });
    Ok(found)
}

/// Seconds this thread has run, where the system tells.
fn cpu() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|nanos| nanos.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

fn read(arguments: &Arguments) -> Result<NamedBaskets, Box<dyn Error>> {
    let file = BufReader::new(File::open(&arguments.file)?);
    let read = match arguments.lines {
        Some(separator) => read_lines(file, separator),
        None => read_fimi(file),
    };
    Ok(read.map_err(Problem::from)?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = arguments()?;
    let named = read(&arguments)?;
    let cancel = AtomicBool::new(false);
    let (mut walls, mut cpus, mut line) = (Vec::new(), Vec::new(), String::new());
    for _ in 0..arguments.rounds {
        let (clock, used) = (Instant::now(), cpu());
        if arguments.count_only {
            let made = count_itemsets(&named.baskets, &arguments.options, &cancel).map_err(Problem::from)?;
            walls.push(clock.elapsed().as_secs_f64());
            cpus.push(cpu() - used);
            line = format!(
                "\"baskets\": {}, \"itemsets\": {}, \"sum_of_counts\": {}",
                named.baskets.len(),
                made.itemsets,
                made.sum_of_counts
            );
            continue;
        }
        let sets = mine(&named.baskets, &arguments.options, &cancel).map_err(Problem::from)?;
        let made = match &arguments.rules {
            Some(wish) => rules(&sets, wish, &cancel).map_err(Problem::from)?.rules.len(),
            None => 0,
        };
        walls.push(clock.elapsed().as_secs_f64());
        cpus.push(cpu() - used);
        line = format!(
            "\"baskets\": {}, \"items\": {}, \"itemsets\": {}, \"sum_of_counts\": {}, \"rules\": {made}",
            sets.baskets,
            sets.items,
            sets.len(),
            sets.sum_of_counts()
        );
    }
    println!("{{{line}, \"seconds\": {:.6}, \"cpu_seconds\": {:.6}}}", median(walls), median(cpus));
    Ok(())
}
