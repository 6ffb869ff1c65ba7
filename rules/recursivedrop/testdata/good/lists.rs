use std::sync::Arc;

// Taken apart by the owner.
struct Node<T> {
    value: T,
    next: Option<Box<Node<T>>>,
}

pub struct Stack<T> {
    head: Option<Box<Node<T>>>,
}

impl<T> Stack<T> {
    pub fn push(&mut self, value: T) {
        self.head = Some(Box::new(Node { value, next: self.head.take() }));
    }
    pub fn pop(&mut self) -> Option<T> {
        let n = self.head.take()?;
        self.head = n.next;
        Some(n.value)
    }
}

impl<T> Drop for Stack<T> {
    fn drop(&mut self) {
        let mut next = self.head.take();
        while let Some(mut node) = next {
            next = node.next.take();
        }
    }
}

// Taken apart by the element itself.
pub enum Cons {
    Nil,
    Cell(u32, Box<Cons>),
}

pub fn count_down(n: u32) -> Cons {
    let mut list = Cons::Nil;
    for i in 0..n {
        list = Cons::Cell(i, Box::new(list));
    }
    list
}

impl Drop for Cons {
    fn drop(&mut self) {
        let mut rest = match self {
            Cons::Cell(_, next) => std::mem::replace(&mut **next, Cons::Nil),
            Cons::Nil => return,
        };
        while let Cons::Cell(_, next) = &mut rest {
            let next = std::mem::replace(&mut **next, Cons::Nil);
            rest = next;
        }
    }
}

// By a method that the destructor calls.
struct Job {
    id: u64,
    next: Option<Box<Job>>,
}

pub struct Queue {
    head: Option<Box<Job>>,
}

impl Queue {
    pub fn push(&mut self, id: u64) {
        self.head = Some(Box::new(Job { id, next: self.head.take() }));
    }
    pub fn pop(&mut self) -> Option<u64> {
        let job = self.head.take()?;
        self.head = job.next;
        Some(job.id)
    }
    pub fn clear(&mut self) {
        while self.pop().is_some() {}
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        self.clear();
    }
}

// Shared tails, taken apart as long as nobody else has them.
struct Shared {
    value: u64,
    next: Option<Arc<Shared>>,
}

pub struct Persistent {
    head: Option<Arc<Shared>>,
}

impl Persistent {
    pub fn prepend(&self, value: u64) -> Persistent {
        Persistent { head: Some(Arc::new(Shared { value, next: self.head.clone() })) }
    }
    pub fn first(&self) -> Option<u64> {
        self.head.as_ref().map(|n| n.value)
    }
}

impl Drop for Persistent {
    fn drop(&mut self) {
        let mut head = self.head.take();
        while let Some(node) = head {
            match Arc::try_unwrap(node) {
                Ok(mut node) => head = node.next.take(),
                Err(_) => break,
            }
        }
    }
}

// A tree: its depth is what the parser allows.
pub enum Expr {
    Num(f64),
    Neg(Box<Expr>),
    Add(Box<Expr>, Box<Expr>),
}

pub fn parse(tokens: &mut dyn Iterator<Item = char>, depth: u32) -> Option<Expr> {
    if depth == 0 {
        return None;
    }
    Some(match tokens.next()? {
        '-' => Expr::Neg(Box::new(parse(tokens, depth - 1)?)),
        '+' => Expr::Add(Box::new(parse(tokens, depth - 1)?), Box::new(parse(tokens, depth - 1)?)),
        _ => Expr::Num(0.0),
    })
}

// An error and its cause: no input makes this long.
pub struct Failure {
    pub text: String,
    pub cause: Option<Box<Failure>>,
}

impl Failure {
    pub fn context(self, text: &str) -> Failure {
        Failure { text: text.to_string(), cause: Some(Box::new(self)) }
    }
}

// One step and no more.
pub struct Page {
    pub text: String,
    pub next: Option<Box<Page>>,
}

pub fn pages() -> Page {
    Page { text: String::from("one"), next: Some(Box::new(Page { text: String::from("two"), next: None })) }
}

impl Page {
    pub fn set_next(&mut self, p: Page) {
        self.next = Some(Box::new(p));
    }
}

// Elements that change places.
impl Page {
    pub fn skip(&mut self) -> Option<Box<Page>> {
        let mut gone = self.next.take()?;
        self.next = gone.next.take();
        Some(gone)
    }
}

fn main() {}
