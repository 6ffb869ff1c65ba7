use std::collections::{HashSet, VecDeque};

#[derive(PartialEq, Clone, Copy)]
pub enum Mode {
    Read,
    Write,
}

pub fn breadth_first(edges: &[Vec<usize>], start: usize) -> Vec<usize> {
    let mut seen = vec![false; edges.len()];
    let mut out = Vec::new();
    let mut queue = VecDeque::from([start]);
    while let Some(at) = queue.pop_front() {
        if std::mem::replace(&mut seen[at], true) {
            continue;
        }
        out.push(at);
        for &n in &edges[at] {
            queue.push_back(n);
        }
    }
    out
}

// From the end; a map; once.
pub fn taken(mut lines: Vec<String>, map: &mut std::collections::HashMap<u32, u32>) -> usize {
    let mut n = 0;
    while lines.len() > 1 {
        let l = lines.remove(lines.len() - 1);
        n += l.len();
        map.remove(&0);
        map.insert(0, 1);
    }
    lines.remove(0);
    n
}

// One is removed, and the loop ends.
pub fn first_long(lines: &mut Vec<String>) -> Option<String> {
    for i in 0..lines.len() {
        if lines[i].len() > 80 {
            return Some(lines.remove(0));
        }
    }
    None
}

// A window that is kept short.
pub fn smooth(values: &[f64], width: usize) -> Vec<f64> {
    let mut window: Vec<f64> = Vec::new();
    let mut out = Vec::new();
    for &v in values {
        window.push(v);
        if window.len() > width {
            window.remove(0);
        }
        out.push(window.iter().sum::<f64>() / window.len() as f64);
    }
    out
}

// Constants bound the turns.
pub fn hex(mut n: u32) -> String {
    let mut s = String::new();
    for _ in 0..8 {
        s.insert(0, char::from_digit(n % 16, 16).unwrap());
        n /= 16;
    }
    s
}

pub fn names() -> Vec<&'static str> {
    let mut out = Vec::new();
    for n in ["a", "b", "a"] {
        if !out.contains(&n) {
            out.push(n);
        }
    }
    out
}

// Each turn fills the same memory anew.
pub fn sections(text: &str) -> usize {
    let mut name = String::new();
    let mut n = 0;
    for l in text.lines() {
        name.clear();
        name.push_str(l);
        name.remove(0);
        n += name.len();
    }
    n
}

// Each turn has a list of its own.
pub fn lines(text: &str) -> Vec<Vec<String>> {
    let mut out = Vec::new();
    for l in text.lines() {
        let mut words: Vec<String> = l.split(' ').map(String::from).collect();
        words.remove(0);
        words.insert(0, String::from("x"));
        out.push(words);
    }
    out
}

// A set; bytes and modes, of which there are few; a list that does not grow.
pub fn unique(words: &[String], bytes: &[u8], modes: &[Mode], known: &[String]) -> (Vec<String>, Vec<u8>, Vec<Mode>) {
    let mut seen = HashSet::new();
    let (mut a, mut b, mut c) = (Vec::new(), Vec::new(), Vec::new());
    for w in words {
        if seen.insert(w) && !known.contains(w) {
            a.push(w.clone());
        }
    }
    for x in bytes {
        if !b.contains(x) {
            b.push(*x);
        }
    }
    for m in modes {
        if !c.contains(m) {
            c.push(*m);
        }
    }
    (a, b, c)
}

// Slices and vectors step in constant time; the next one of an iterator, too.
pub fn picks(v: &[u32], s: &str) -> u32 {
    let mut sum = 0;
    let mut chars = s.chars();
    for i in 0..v.len() {
        sum += v.iter().nth(i).unwrap() + *v.iter().skip(i).next().unwrap();
        if let Some(c) = chars.nth(i % 2) {
            sum += c as u32;
        }
        sum += s.chars().nth(1).map_or(0, |c| c as u32);
    }
    sum
}

pub fn per_line(text: &str) -> usize {
    let mut n = 0;
    for line in text.lines() {
        n += line.chars().count();
        let c: Vec<char> = line.chars().collect();
        n += c.len();
    }
    n
}

// The memory is used again.
pub fn joined(words: &[String]) -> String {
    let mut s = String::new();
    for w in words {
        s = s + w + ", ";
        s += w;
        s.push_str(&format!("{}-{}", w, w));
    }
    s
}

pub fn last_named(words: &[String]) -> String {
    let mut name = String::from("none");
    for (i, w) in words.iter().enumerate() {
        name = format!("{}-{}", w, i);
    }
    name
}

pub fn fields(line: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut rest = line;
    while let Some(i) = rest.find(',') {
        out.push(rest[..i].to_string());
        rest = &rest[i + 1..];
    }
    out
}

pub struct Node {
    pub name: String,
    pub next: Option<Box<Node>>,
}

pub fn longest(mut at: &Node) -> String {
    let mut best = String::new();
    while let Some(n) = &at.next {
        if n.name.len() > best.len() {
            best = n.name.to_string();
        }
        at = n;
    }
    best
}

pub fn sorted(numbers: &[u32]) -> Vec<u32> {
    let mut out = Vec::new();
    for &n in numbers {
        out.push(n);
    }
    out.sort();
    out
}

fn main() {}
