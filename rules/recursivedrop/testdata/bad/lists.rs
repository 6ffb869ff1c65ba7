use std::cell::RefCell;
use std::rc::{Rc, Weak};
use std::sync::Arc;

// The stack of every tutorial.
struct Node<T> {
    value: T,
    next: Option<Box<Node<T>>>,
}

pub struct Stack<T> {
    head: Option<Box<Node<T>>>,
}

impl<T> Stack<T> {
    pub fn new() -> Self {
        Stack { head: None }
    }
    pub fn push(&mut self, value: T) {
        let node = Box::new(Node { value, next: self.head.take() }); //~ recursive-drop "`Node`"
        self.head = Some(node);
    }
    pub fn pop(&mut self) -> Option<T> {
        self.head.take().map(|n| {
            self.head = n.next;
            n.value
        })
    }
}

// An enum with an end of its own, built in a loop.
pub enum Cons {
    Nil,
    Cell(u32, Box<Cons>),
}

pub fn count_down(n: u32) -> Cons {
    let mut list = Cons::Nil;
    for i in 0..n {
        list = Cons::Cell(i, Box::new(list)); //~ recursive-drop "`Cons`"
    }
    list
}

// Two types in turn.
pub enum Link {
    Empty,
    More(Box<Item>),
}

pub struct Item {
    pub text: String,
    pub next: Link,
}

pub struct Items {
    first: Link,
}

impl Items {
    pub fn add(&mut self, text: String) {
        let rest = std::mem::replace(&mut self.first, Link::Empty);
        let item = Item { text, next: rest }; //~ recursive-drop "`Item`"
        self.first = Link::More(Box::new(item));
    }
}

// A list that shares its tail.
struct Shared {
    value: u64,
    next: Option<Arc<Shared>>,
}

pub struct Persistent {
    head: Option<Arc<Shared>>,
}

impl Persistent {
    pub fn prepend(&self, value: u64) -> Persistent {
        Persistent { head: Some(Arc::new(Shared { value, next: self.head.clone() })) } //~ recursive-drop "`Shared`"
    }
    pub fn first(&self) -> Option<u64> {
        self.head.as_ref().map(|n| n.value + n.next.is_some() as u64)
    }
}

// Hung on the end, which a loop looks for.
pub struct Row {
    pub n: i32,
    pub below: Option<Box<Row>>,
}

impl Row {
    pub fn append(&mut self, n: i32) {
        let mut at = self;
        while at.below.is_some() {
            at = at.below.as_mut().unwrap();
        }
        at.below = Some(Box::new(Row { n, below: None })); //~ recursive-drop "`Row`"
    }
}

// Hung on the end by a recursion.
pub enum Words {
    End,
    Word(String, Box<Words>),
}

impl Words {
    pub fn push(&mut self, w: String) {
        match self {
            Words::End => *self = Words::Word(w, Box::new(Words::End)), //~ recursive-drop "`Words`"
            Words::Word(_, rest) => rest.push(w),
        }
    }
}

// A queue with a pointer to its last element.
struct Job {
    id: u64,
    next: Option<Box<Job>>,
}

pub struct Queue {
    head: Option<Box<Job>>,
    tail: *mut Job,
}

impl Queue {
    pub fn push(&mut self, id: u64) {
        let mut job = Box::new(Job { id, next: None });
        let raw: *mut Job = &mut *job;
        if self.tail.is_null() {
            self.head = Some(job);
        } else {
            unsafe { (*self.tail).next = Some(job) } //~ recursive-drop "`Job`"
        }
        self.tail = raw;
    }
    pub fn first(&self) -> Option<u64> {
        self.head.as_ref().map(|j| j.id)
    }
}

// Read from input, one element a line.
pub struct Line {
    pub text: String,
    pub next: Option<Box<Line>>,
}

pub fn read(input: &str) -> Option<Box<Line>> {
    let mut head: Option<Box<Line>> = None;
    let mut slot = &mut head;
    for l in input.lines() {
        slot = &mut slot.insert(Box::new(Line { text: l.to_string(), next: None })).next; //~ recursive-drop "`Line`"
    }
    head
}

// Drop is there, but it only counts.
pub struct Frame {
    pub id: u32,
    pub below: Option<Box<Frame>>,
}

pub struct Frames {
    top: Option<Box<Frame>>,
    pub len: usize,
}

impl Frames {
    pub fn push(&mut self, id: u32) {
        self.len += 1;
        self.top = Some(Box::new(Frame { id, below: self.top.take() })); //~ recursive-drop "`Frame`"
    }
}

impl Drop for Frames {
    fn drop(&mut self) {
        self.len = 0;
    }
}

// Doubly linked: the way back is weak, the way on is not.
pub struct Station {
    pub name: String,
    pub next: RefCell<Option<Rc<Station>>>,
    pub prev: RefCell<Weak<Station>>,
}

pub fn line(names: &[String]) -> Rc<Station> {
    let mut first = Rc::new(Station { name: String::new(), next: RefCell::new(None), prev: RefCell::new(Weak::new()) });
    for n in names {
        let station = Rc::new(Station { name: n.clone(), next: RefCell::new(Some(first.clone())), prev: RefCell::new(Weak::new()) }); //~ recursive-drop "`Station`"
        *first.prev.borrow_mut() = Rc::downgrade(&station);
        first = station;
    }
    first
}

// Made by a constructor, linked afterwards.
struct Entry {
    value: u64,
    next: Option<Box<Entry>>,
}

impl Entry {
    fn new(value: u64) -> Entry {
        Entry { value, next: None }
    }
}

pub struct Bucket {
    first: Option<Box<Entry>>,
}

impl Bucket {
    pub fn add(&mut self, value: u64) {
        let mut entry = Box::new(Entry::new(value));
        entry.next = self.first.take(); //~ recursive-drop "`Entry`"
        self.first = Some(entry);
    }
    pub fn first(&self) -> Option<u64> {
        self.first.as_ref().map(|e| e.value)
    }
}

// The constructor is given the rest.
struct Tile {
    n: u8,
    next: Option<Box<Tile>>,
}

impl Tile {
    fn new(n: u8, next: Option<Box<Tile>>) -> Tile {
        Tile { n, next }
    }
}

pub struct Tiles {
    top: Option<Box<Tile>>,
}

impl Tiles {
    pub fn push(&mut self, n: u8) {
        let tile = Tile::new(n, self.top.take()); //~ recursive-drop "`Tile`"
        self.top = Some(Box::new(tile));
    }
    pub fn top(&self) -> Option<u8> {
        self.top.as_ref().map(|t| t.n)
    }
}

fn main() {}
