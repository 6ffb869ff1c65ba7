use std::collections::VecDeque;

pub struct Point {
    pub x: i32,
    pub y: i32,
}

// A queue made of a Vec.
pub fn breadth_first(edges: &[Vec<usize>], start: usize) -> Vec<usize> {
    let mut seen = vec![false; edges.len()];
    let mut out = Vec::new();
    let mut queue = vec![start];
    while !queue.is_empty() {
        let at = queue.remove(0); //~ quadratic "`Vec::remove` at the front"
        if std::mem::replace(&mut seen[at], true) {
            continue;
        }
        out.push(at);
        for &n in &edges[at] {
            queue.push(n);
        }
    }
    out
}

pub fn drain_one(mut lines: Vec<String>) -> usize {
    let mut n = 0;
    while lines.len() > 0 {
        n += lines.drain(..1).map(|l| l.len()).sum::<usize>(); //~ quadratic "`Vec::drain` at the front"
    }
    n
}

pub fn reversed(words: &[String]) -> Vec<String> {
    let mut out = Vec::new();
    for w in words {
        out.insert(0, w.clone()); //~ quadratic "`Vec::insert` at the front"
    }
    out
}

pub fn digits(mut n: u128) -> String {
    let mut s = String::new();
    while n > 0 {
        s.insert_str(0, &(n % 10).to_string()); //~ quadratic "`String::insert_str` at the front"
        n /= 10;
    }
    s
}

pub struct Inbox {
    messages: Vec<String>,
}

impl Inbox {
    pub fn work(&mut self) {
        while !self.messages.is_empty() {
            let m = self.messages.remove(0); //~ quadratic "`Vec::remove` at the front"
            println!("{m}");
        }
    }
}

// Without doubles, by search.
pub fn unique(words: &[String]) -> Vec<String> {
    let mut out = Vec::new();
    for w in words {
        if !out.contains(w) { //~ quadratic "looks through a list that each turn makes longer"
            out.push(w.clone());
        }
    }
    out
}

pub fn unique_points(points: &[Point]) -> Vec<(i32, i32)> {
    let mut out: Vec<(i32, i32)> = Vec::new();
    for p in points {
        if !out.iter().any(|q| q.0 == p.x && q.1 == p.y) { //~ quadratic "looks through a list that each turn makes longer"
            out.push((p.x, p.y));
        }
    }
    out
}

pub fn waiting(ids: impl Iterator<Item = u64>) -> VecDeque<u64> {
    let mut q = VecDeque::new();
    for id in ids {
        if !q.contains(&id) { //~ quadratic "looks through a list that each turn makes longer"
            q.push_back(id);
        }
    }
    q
}

// The loop is the caller's.
pub struct Unique<I: Iterator<Item = String>> {
    inner: I,
    seen: Vec<String>,
}

impl<I: Iterator<Item = String>> Iterator for Unique<I> {
    type Item = String;
    fn next(&mut self) -> Option<String> {
        let s = self.inner.next()?;
        if self.seen.contains(&s) { //~ quadratic "looks through a list that each turn makes longer"
            return Some(String::new());
        }
        self.seen.push(s.clone());
        Some(s)
    }
}

// Characters by number.
pub fn vowels(s: &str) -> usize {
    let mut n = 0;
    for i in 0..s.chars().count() {
        if "aeiou".contains(s.chars().nth(i).unwrap()) { //~ quadratic "walks from the start"
            n += 1;
        }
    }
    n
}

pub fn is_palindrome(s: &str) -> bool {
    let mut i = 0;
    while i < s.chars().count() { //~ quadratic "as the bound of a loop"
        if s.chars().nth(i) != s.chars().rev().nth(i) { //~ quadratic "walks from the start"
            return false;
        }
        i += 1;
    }
    true
}

pub fn runs(s: &str) -> usize {
    let mut n = 0;
    for i in 1..s.len() {
        let chars: Vec<char> = s.chars().collect(); //~ quadratic "copies the whole in each turn"
        if chars.get(i) != chars.get(i - 1) {
            n += 1;
        }
    }
    n
}

// Put together anew.
pub fn joined(words: &[String]) -> String {
    let mut s = String::new();
    for w in words {
        s = format!("{}{}, ", s, w); //~ quadratic "copies all that was put together so far"
    }
    s
}

pub fn cloned(words: &[String]) -> String {
    let mut s = String::new();
    for w in words {
        s = s.clone() + w; //~ quadratic "copies all that was put together so far"
    }
    s
}

pub fn concatenated(parts: &[Vec<u8>]) -> Vec<u8> {
    let mut all = Vec::new();
    for p in parts {
        all = [all.as_slice(), p.as_slice()].concat(); //~ quadratic "copies all that was put together so far"
    }
    all
}

// The rest, copied.
pub fn fields(line: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut line = line.to_string();
    while let Some(i) = line.find(',') {
        out.push(line[..i].to_string());
        line = line[i + 1..].to_string(); //~ quadratic "copies all that is left each time"
    }
    out
}

pub fn records(mut data: Vec<u8>) -> usize {
    let mut n = 0;
    while data.len() >= 4 {
        let len = data[0] as usize + 1;
        data = data[len.min(data.len())..].to_vec(); //~ quadratic "copies all that is left each time"
        n += 1;
    }
    n
}

pub fn sorted(numbers: &[u32]) -> Vec<u32> {
    let mut out = Vec::new();
    for &n in numbers {
        out.push(n);
        out.sort(); //~ quadratic "sorts a list in each turn"
    }
    out
}

fn main() {}
