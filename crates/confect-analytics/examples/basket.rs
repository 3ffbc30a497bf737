use std::{io::Read, sync::atomic::AtomicBool};
fn cpu() -> f64 {
    let s = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    s.split(" ").next().unwrap().parse::<f64>().unwrap() / 1e9
}
use confect_analytics::basket::*;
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let mut t = String::new();
    std::fs::File::open(&a[1]).unwrap().read_to_string(&mut t).unwrap();
    let th: usize = a[3].parse().unwrap();
    let rows: Vec<Vec<u32>> =
        t.lines().map(|l| l.split_whitespace().map(|x| x.parse().unwrap()).collect()).collect();
    let mx = rows.iter().flatten().max().unwrap() + 1;
    let mut b = Baskets::new(mx);
    for r in &rows {
        b.push(r).unwrap();
    }
    for s in a[2].split(',') {
        let o = MineOptions::new(MinSupport::Count(s.parse().unwrap())).on_threads(th);
        let mut best = f64::MAX;
        let mut n = 0;
        let mut c = 0;
        let mut w = None;
        for _ in 0..7 {
            let st = cpu();
            let x = mine(&b, &o, &AtomicBool::new(false)).unwrap();
            best = best.min(cpu() - st);
            n = x.len();
            c = x.sum_of_counts();
            w = Some(x.way);
        }
        println!("{} {s} n={n} sum={c} {:.4} {w:?}", a[1], best);
    }
}
