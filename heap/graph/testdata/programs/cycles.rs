//! Programs that leak cycles of reference counts, and some that look like it and
//! do not. `cycles CASE N` runs one of them N times and prints how many cycles it
//! left. With a third argument it ends by `process::exit`, without returning from
//! main. Built with `--cfg record` it writes down its own memory.
#![allow(dead_code)]
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap, LinkedList, VecDeque};
use std::future::Future;
use std::hint::black_box;
use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::sync::{mpsc, Arc, Mutex, OnceLock};
use std::task::{Context, Poll, Wake, Waker};

#[cfg(record)]
#[path = "../../../memory/memorytest/record.rs"]
mod record;

/// What a case leaves: how many cycles nothing holds, and what is still held.
type Left = (usize, Box<dyn Any>);

fn gone(cycles: usize) -> Left {
    (cycles, Box::new(()))
}

fn held(what: impl Any) -> Left {
    (0, Box::new(what))
}

const CASES: &[(&str, fn(usize) -> Left)] = &[
    ("rc-pair", rc_pair),
    ("rc-self", rc_self),
    ("arc-pair", arc_pair),
    ("rc-ring", rc_ring),
    ("strong-parents", strong_parents),
    ("one-tree", one_tree),
    ("box-closure", box_closure),
    ("rc-dyn", rc_dyn),
    ("arc-dyn", arc_dyn),
    ("rc-slice", rc_slice),
    ("hash-map", hash_map),
    ("btree-map", btree_map),
    ("linked-list", linked_list),
    ("plain-boxes", plain_boxes),
    ("numbers-first", numbers_first),
    ("aligned", aligned),
    ("weak-inside", weak_inside),
    ("new-cyclic", new_cyclic),
    ("many-handles", many_handles),
    ("popped", popped),
    ("below", below),
    ("trees-below", trees_below),
    ("enum-links", enum_links),
    ("async-self", async_self),
    ("async-waker", async_waker),
    ("async-moved", async_moved),
    ("task-queue", task_queue),
    ("channel-deque", channel_deque),
    ("channel-std", channel_std),
    ("channel-sync", channel_sync),
    ("threads", threads),
    ("live-tree", live_tree),
    ("dead-tree", dead_tree),
    ("dropped-roots", dropped_roots),
    ("live-cycle", live_cycle),
    ("live-handle-popped", live_handle_popped),
    ("live-list", live_list),
    ("live-lru", live_lru),
    ("live-static", live_static),
    ("live-local", live_local),
    ("live-tasks", live_tasks),
    ("live-back-pointer", live_back_pointer),
    ("live-arena", live_arena),
    ("live-slots", live_slots),
    ("live-linked", live_linked),
    ("live-channel", live_channel),
    ("live-observers", live_observers),
    ("forgotten", forgotten),
];

#[inline(never)]
fn run() -> Left {
    let mut args = std::env::args().skip(1);
    let name = args.next().unwrap_or_default();
    let n = args.next().map_or(3, |n| n.parse().expect("a number"));
    match CASES.iter().find(|c| c.0 == name) {
        Some(c) => c.1(n),
        None => {
            for c in CASES {
                println!("{}", c.0);
            }
            std::process::exit(2)
        }
    }
}

static mut LEFT: Option<Left> = None;

fn main() {
    let left = run();
    println!("{}", left.0);
    if std::env::args().nth(3).is_some() {
        #[cfg(record)]
        record::dump(true);
        black_box(&left);
        std::process::exit(0);
    }
    unsafe { LEFT = Some(left) };
    #[cfg(record)]
    record::dump(false);
}

#[derive(Default)]
struct Node {
    name: String,
    next: RefCell<Option<Rc<Node>>>,
}

fn rc_pair(n: usize) -> Left {
    for i in 0..n {
        let a = Rc::new(Node { name: i.to_string(), ..Node::default() });
        let b = Rc::new(Node { name: String::new(), next: RefCell::new(Some(a.clone())) });
        *a.next.borrow_mut() = Some(b);
    }
    gone(n)
}

fn rc_self(n: usize) -> Left {
    for _ in 0..n {
        let a = Rc::new(Node::default());
        *a.next.borrow_mut() = Some(a.clone());
    }
    gone(n)
}

struct Peer {
    id: u32,
    other: Mutex<Option<Arc<Peer>>>,
}

fn arc_pair(n: usize) -> Left {
    for i in 0..n {
        let a = Arc::new(Peer { id: i as u32, other: Mutex::new(None) });
        let b = Arc::new(Peer { id: 1, other: Mutex::new(Some(a.clone())) });
        *a.other.lock().unwrap() = Some(b);
    }
    gone(n)
}

#[derive(Default)]
struct Vertex {
    id: usize,
    edges: RefCell<Vec<Rc<Vertex>>>,
}

fn rc_ring(n: usize) -> Left {
    for _ in 0..n {
        let ring: Vec<_> = (0..5).map(|id| Rc::new(Vertex { id, ..Vertex::default() })).collect();
        for i in 0..5 {
            for d in 1..4 {
                ring[i].edges.borrow_mut().push(ring[(i + d) % 5].clone());
            }
        }
    }
    gone(n)
}

struct Strong {
    parent: Option<Rc<Strong>>,
    children: RefCell<Vec<Rc<Strong>>>,
}

fn grow(parent: Option<Rc<Strong>>, depth: usize) -> Rc<Strong> {
    let me = Rc::new(Strong { parent, children: RefCell::new(Vec::new()) });
    for _ in 0..if depth > 0 { 3 } else { 0 } {
        let child = grow(Some(me.clone()), depth - 1);
        me.children.borrow_mut().push(child);
    }
    me
}

fn strong_parents(n: usize) -> Left {
    for _ in 0..n {
        grow(None, 3);
    }
    gone(n)
}

fn one_tree(n: usize) -> Left {
    grow(None, 3 + n.ilog(3) as usize);
    gone(1)
}

struct Button {
    label: String,
    click: RefCell<Option<Box<dyn Fn() -> usize>>>,
}

fn box_closure(n: usize) -> Left {
    for i in 0..n {
        let b = Rc::new(Button { label: format!("button {i}"), click: RefCell::new(None) });
        let (me, factor) = (b.clone(), i % 3);
        *b.click.borrow_mut() = Some(Box::new(move || me.label.len() * factor));
        assert!(b.click.borrow().as_ref().unwrap()() < 1000);
    }
    gone(n)
}

trait Observer {
    fn seen(&self) -> usize;
}
struct Subject {
    observers: RefCell<Vec<Rc<dyn Observer>>>,
}
struct Watcher {
    n: Cell<usize>,
    subject: Rc<Subject>,
}
impl Observer for Watcher {
    fn seen(&self) -> usize {
        self.n.get() + self.subject.observers.borrow().len()
    }
}

fn rc_dyn(n: usize) -> Left {
    for i in 0..n {
        let s = Rc::new(Subject { observers: RefCell::new(Vec::new()) });
        for _ in 0..3 {
            s.observers.borrow_mut().push(Rc::new(Watcher { n: Cell::new(i), subject: s.clone() }));
        }
        assert!(s.observers.borrow().iter().map(|o| o.seen()).sum::<usize>() > 0);
    }
    gone(n)
}

trait Service: Send + Sync {
    fn registry(&self) -> &Registry;
}
#[derive(Default)]
struct Registry {
    services: Mutex<HashMap<&'static str, Arc<dyn Service>>>,
}
struct Logger(Arc<Registry>, [u8; 100]);
impl Service for Logger {
    fn registry(&self) -> &Registry {
        &self.0
    }
}

fn arc_dyn(n: usize) -> Left {
    for _ in 0..n {
        let r = Arc::new(Registry::default());
        for name in ["log", "audit", "trace"] {
            r.services.lock().unwrap().insert(name, Arc::new(Logger(r.clone(), [1; 100])));
        }
        assert_eq!(r.services.lock().unwrap()["log"].registry().services.try_lock().is_err(), true);
    }
    gone(n)
}

#[derive(Clone)]
struct Shared(Rc<[RefCell<Option<Shared>>]>, Rc<str>);

fn rc_slice(n: usize) -> Left {
    for _ in 0..n {
        let s = Shared((0..4).map(|_| RefCell::new(None)).collect(), Rc::from("a name of some length"));
        *s.0[2].borrow_mut() = Some(s.clone());
    }
    gone(n)
}

#[derive(Default)]
struct Dir {
    entries: RefCell<HashMap<String, Rc<Dir>>>,
}

fn hash_map(n: usize) -> Left {
    for _ in 0..n {
        let root = Rc::new(Dir::default());
        for i in 0..20 {
            let d = Rc::new(Dir::default());
            d.entries.borrow_mut().insert("..".into(), root.clone());
            root.entries.borrow_mut().insert(format!("dir {i}"), d);
        }
        for i in 0..7 {
            root.entries.borrow_mut().remove(&format!("dir {i}"));
        }
    }
    gone(n)
}

#[derive(Default)]
struct Sheet {
    cells: RefCell<BTreeMap<u32, Rc<Sheet>>>,
}

fn btree_map(n: usize) -> Left {
    for _ in 0..n {
        let root = Rc::new(Sheet::default());
        for i in 0..100 {
            let s = Rc::new(Sheet::default());
            s.cells.borrow_mut().insert(0, root.clone());
            root.cells.borrow_mut().insert(i, s);
        }
    }
    gone(n)
}

#[derive(Default)]
struct Chain {
    links: RefCell<LinkedList<Rc<Chain>>>,
}

fn linked_list(n: usize) -> Left {
    for _ in 0..n {
        let a = Rc::new(Chain::default());
        for _ in 0..4 {
            let b = Rc::new(Chain::default());
            b.links.borrow_mut().push_back(a.clone());
            a.links.borrow_mut().push_front(b);
        }
    }
    gone(n)
}

struct Wrapped {
    inner: RefCell<Option<Box<Wrapper>>>,
}
struct Wrapper {
    next: Option<Box<Wrapper>>,
    target: Option<Rc<Wrapped>>,
    note: [u32; 5],
}

fn plain_boxes(n: usize) -> Left {
    for _ in 0..n {
        let w = Rc::new(Wrapped { inner: RefCell::new(None) });
        let last = Box::new(Wrapper { next: None, target: Some(w.clone()), note: [7; 5] });
        let first = Box::new(Wrapper { next: Some(last), target: None, note: [8; 5] });
        *w.inner.borrow_mut() = Some(first);
    }
    gone(n)
}

#[derive(Default)]
struct Table {
    rows: RefCell<Vec<Row>>,
}
#[repr(C)]
struct Row(usize, usize, Rc<Table>);

fn numbers_first(n: usize) -> Left {
    for i in 0..n {
        let t = Rc::new(Table::default());
        for j in 0..1 + i % 4 {
            t.rows.borrow_mut().push(Row(j + 3, i + 5, t.clone()));
        }
    }
    gone(n)
}

#[repr(align(128))]
struct Padded {
    busy: Cell<bool>,
    next: RefCell<Option<Rc<Padded>>>,
}

fn aligned(n: usize) -> Left {
    for _ in 0..n {
        let a = Rc::new(Padded { busy: Cell::new(true), next: RefCell::new(None) });
        let b = Rc::new(Padded { busy: Cell::new(false), next: RefCell::new(Some(a.clone())) });
        *a.next.borrow_mut() = Some(b);
    }
    gone(n)
}

struct Item {
    me: RefCell<Weak<Item>>,
    back: RefCell<Weak<Item>>,
    next: RefCell<Option<Rc<Item>>>,
}

fn item() -> Rc<Item> {
    Rc::new(Item { me: RefCell::default(), back: RefCell::default(), next: RefCell::default() })
}

fn weak_inside(n: usize) -> Left {
    for _ in 0..n {
        let ring: Vec<_> = (0..4).map(|_| item()).collect();
        for i in 0..4 {
            *ring[i].me.borrow_mut() = Rc::downgrade(&ring[i]);
            *ring[(i + 1) % 4].back.borrow_mut() = Rc::downgrade(&ring[i]);
            *ring[i].next.borrow_mut() = Some(ring[(i + 1) % 4].clone());
        }
    }
    gone(n)
}

fn new_cyclic(n: usize) -> Left {
    for _ in 0..n {
        let a = Rc::new_cyclic(|w| Item { me: RefCell::new(w.clone()), back: RefCell::default(), next: RefCell::default() });
        *a.next.borrow_mut() = a.me.borrow().upgrade();
    }
    gone(n)
}

fn many_handles(n: usize) -> Left {
    for _ in 0..n {
        let hub = Rc::new(Vertex::default());
        for id in 0..10 {
            let v = Rc::new(Vertex { id, ..Vertex::default() });
            for _ in 0..id {
                v.edges.borrow_mut().push(hub.clone());
            }
            for _ in 0..3 {
                hub.edges.borrow_mut().push(v.clone());
            }
        }
        hub.edges.borrow_mut().remove(0); // twice of three handles of the first
    }
    gone(n)
}

fn popped(n: usize) -> Left {
    for _ in 0..n {
        let a = Rc::new(Vertex::default());
        for id in 0..9 {
            let b = Rc::new(Vertex { id, ..Vertex::default() });
            b.edges.borrow_mut().push(a.clone());
            a.edges.borrow_mut().push(b);
        }
        for _ in 0..4 {
            let b = a.edges.borrow_mut().pop().unwrap();
            b.edges.borrow_mut().clear();
        }
    }
    gone(n)
}

fn below(n: usize) -> Left {
    for _ in 0..n {
        let (a, b) = (Rc::new(Vertex::default()), Rc::new(Vertex::default()));
        for v in [&a, &b] {
            let w = Rc::new(Vertex::default());
            w.edges.borrow_mut().push(v.clone());
            v.edges.borrow_mut().push(w);
        }
        a.edges.borrow_mut().push(b);
    }
    gone(2 * n)
}

#[derive(Default)]
struct Tree {
    parent: RefCell<Weak<Tree>>,
    children: RefCell<Vec<Rc<Tree>>>,
    owner: RefCell<Option<Rc<Owner>>>,
}
struct Owner {
    me: RefCell<Option<Rc<Owner>>>,
    tree: Rc<Tree>,
}

fn tree(depth: usize) -> Rc<Tree> {
    let t = Rc::new(Tree::default());
    for _ in 0..if depth > 0 { 3 } else { 0 } {
        let c = tree(depth - 1);
        *c.parent.borrow_mut() = Rc::downgrade(&t);
        t.children.borrow_mut().push(c);
    }
    t
}

fn trees_below(n: usize) -> Left {
    for _ in 0..n {
        let o = Rc::new(Owner { me: RefCell::new(None), tree: tree(3) });
        *o.me.borrow_mut() = Some(o.clone());
    }
    gone(n)
}

enum Link {
    Strong(Rc<Linked>),
    Weak(Weak<Linked>),
    None,
}
struct Linked {
    up: RefCell<Link>,
    down: RefCell<Link>,
}

fn enum_links(n: usize) -> Left {
    for _ in 0..n {
        let a = Rc::new(Linked { up: RefCell::new(Link::None), down: RefCell::new(Link::None) });
        let b = Rc::new(Linked { up: RefCell::new(Link::Strong(a.clone())), down: RefCell::new(Link::None) });
        *b.down.borrow_mut() = Link::Weak(Rc::downgrade(&a));
        *a.down.borrow_mut() = Link::Strong(b);
    }
    gone(n)
}

type Fut = Pin<Box<dyn Future<Output = ()>>>;

struct Slot {
    future: RefCell<Option<Fut>>,
    ticks: Cell<u32>,
}

fn poll(f: &mut Fut, w: &Waker) -> bool {
    f.as_mut().poll(&mut Context::from_waker(w)).is_ready()
}

fn async_self(n: usize) -> Left {
    for _ in 0..n {
        let s = Rc::new(Slot { future: RefCell::new(None), ticks: Cell::new(0) });
        let me = s.clone();
        let mut f: Fut = Box::pin(async move {
            me.ticks.set(1);
            std::future::pending::<()>().await;
            me.ticks.set(2);
        });
        poll(&mut f, Waker::noop());
        *s.future.borrow_mut() = Some(f);
    }
    gone(n)
}

/// What a sender and a receiver share.
struct Once<T> {
    value: Mutex<Option<T>>,
    waker: Mutex<Option<Waker>>,
}
struct Sender<T>(Arc<Once<T>>);
struct Receiver<T>(Arc<Once<T>>);

fn oneshot<T>() -> (Sender<T>, Receiver<T>) {
    let o = Arc::new(Once { value: Mutex::new(None), waker: Mutex::new(None) });
    (Sender(o.clone()), Receiver(o))
}

impl<T> Future for Receiver<T> {
    type Output = T;
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        if let Some(v) = self.0.value.lock().unwrap().take() {
            return Poll::Ready(v);
        }
        *self.0.waker.lock().unwrap() = Some(cx.waker().clone());
        Poll::Pending
    }
}

struct Task {
    future: Mutex<Option<Pin<Box<dyn Future<Output = ()> + Send>>>>,
    queue: Arc<Queue>,
}
#[derive(Default)]
struct Queue {
    ready: Mutex<VecDeque<Arc<Task>>>,
    done: Mutex<usize>,
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        let q = self.queue.clone();
        q.ready.lock().unwrap().push_back(self);
    }
}

fn spawn(q: &Arc<Queue>, f: impl Future<Output = ()> + Send + 'static) {
    let t = Task { future: Mutex::new(Some(Box::pin(f))), queue: q.clone() };
    q.ready.lock().unwrap().push_back(Arc::new(t));
}

fn run_all(q: &Arc<Queue>) {
    loop {
        let Some(t) = q.ready.lock().unwrap().pop_front() else { return };
        let w = Waker::from(t.clone());
        let mut f = t.future.lock().unwrap();
        if f.as_mut().is_some_and(|f| f.as_mut().poll(&mut Context::from_waker(&w)).is_ready()) {
            *f = None;
            *q.done.lock().unwrap() += 1;
        }
    }
}

/// Tasks that wait for a message of which they hold the only sender.
fn async_waker(n: usize) -> Left {
    let q = Arc::new(Queue::default());
    for i in 0..n {
        let (tx, rx) = oneshot::<String>();
        spawn(&q, async move {
            let text = rx.await;
            println!("{text} {i}");
            drop(tx);
        });
    }
    run_all(&q);
    gone(n)
}

async fn inner<T>(tx: Sender<T>, rx: Receiver<T>, log: Arc<Mutex<Vec<u8>>>) -> T {
    let both = (tx, rx);
    let (tx, rx) = both;
    log.lock().unwrap().push(1);
    let v = rx.await;
    drop(tx);
    v
}

async fn outer<T: 'static + Send>(tx: Sender<T>, rx: Receiver<T>, log: Arc<Mutex<Vec<u8>>>) {
    let log2 = log.clone();
    let v = inner(tx, rx, log2).await;
    log.lock().unwrap().push(2);
    drop(v);
}

/// The same through several futures, into each of which all is moved.
fn async_moved(n: usize) -> Left {
    let q = Arc::new(Queue::default());
    let log = Arc::new(Mutex::new(Vec::new()));
    for _ in 0..n {
        let (tx, rx) = oneshot::<[u64; 4]>();
        let log = log.clone();
        spawn(&q, async move { outer(tx, rx, log).await });
    }
    run_all(&q);
    gone(n)
}

/// Tasks that stay in the queue that they themselves hold.
fn task_queue(n: usize) -> Left {
    for _ in 0..n {
        let q = Arc::new(Queue::default());
        for _ in 0..6 {
            let me = q.clone();
            spawn(&q, async move {
                *me.done.lock().unwrap() += 1;
            });
        }
        for _ in 0..4 {
            let t = q.ready.lock().unwrap().pop_front().unwrap();
            *t.future.lock().unwrap() = None;
        }
        spawn(&q, async {});
        spawn(&q, async {});
    }
    gone(n)
}

struct Channel {
    queue: Mutex<VecDeque<Message>>,
    name: String,
}
enum Message {
    Text(String),
    Reply(Arc<Channel>),
}

fn channel_deque(n: usize) -> Left {
    for i in 0..n {
        let c = Arc::new(Channel { queue: Mutex::default(), name: "c".repeat(i % 9) });
        for k in 0..3 + i % 7 {
            c.queue.lock().unwrap().push_back(Message::Text(k.to_string()));
            c.queue.lock().unwrap().push_back(Message::Reply(c.clone()));
        }
        for _ in 0..i % 6 {
            c.queue.lock().unwrap().pop_front();
        }
    }
    gone(n)
}

struct Actor {
    tx: mpsc::Sender<Arc<Actor>>,
    rx: Mutex<mpsc::Receiver<Arc<Actor>>>,
}

fn channel_std(n: usize) -> Left {
    for _ in 0..n {
        let (tx, rx) = mpsc::channel();
        let a = Arc::new(Actor { tx, rx: Mutex::new(rx) });
        a.tx.send(a.clone()).unwrap();
        a.tx.send(a.clone()).unwrap();
    }
    gone(n)
}

struct Bounded {
    tx: mpsc::SyncSender<Arc<Bounded>>,
    rx: Mutex<mpsc::Receiver<Arc<Bounded>>>,
}

fn channel_sync(n: usize) -> Left {
    for _ in 0..n {
        let (tx, rx) = mpsc::sync_channel(8);
        let a = Arc::new(Bounded { tx, rx: Mutex::new(rx) });
        for _ in 0..3 {
            a.tx.send(a.clone()).unwrap();
        }
        a.rx.lock().unwrap().recv().unwrap();
    }
    gone(n)
}

fn threads(n: usize) -> Left {
    let ts: Vec<_> = (0..4).map(|_| std::thread::spawn(move || arc_pair(n).0)).collect();
    gone(ts.into_iter().map(|t| t.join().unwrap()).sum())
}

fn live_tree(n: usize) -> Left {
    held((0..n).map(|_| tree(4)).collect::<Vec<_>>())
}

fn dead_tree(n: usize) -> Left {
    for _ in 0..n {
        drop(tree(4));
    }
    gone(0)
}

/// Children outlive their dropped parents, whose blocks their Weak handles keep.
fn dropped_roots(n: usize) -> Left {
    held((0..n).map(|_| tree(2).children.borrow()[0].clone()).collect::<Vec<_>>())
}

fn live_cycle(n: usize) -> Left {
    let mut all = Vec::new();
    for _ in 0..n {
        let a = Rc::new(Vertex::default());
        let b = Rc::new(Vertex::default());
        a.edges.borrow_mut().push(b.clone());
        b.edges.borrow_mut().push(a);
        all.push(b);
    }
    held(all)
}

/// What was taken out of the children holds its old parent alone.
fn live_handle_popped(n: usize) -> Left {
    let mut all = Vec::new();
    for _ in 0..n {
        let a = Rc::new(Strong { parent: None, children: RefCell::default() });
        for _ in 0..2 {
            let b = Rc::new(Strong { parent: Some(a.clone()), children: RefCell::default() });
            a.children.borrow_mut().push(b);
        }
        a.children.borrow_mut().remove(0);
        let last = a.children.borrow_mut().pop();
        all.push(last);
    }
    held(all)
}

struct Entry {
    prev: RefCell<Weak<Entry>>,
    next: RefCell<Option<Rc<Entry>>>,
}

fn live_list(n: usize) -> Left {
    let first = Rc::new(Entry { prev: RefCell::default(), next: RefCell::default() });
    let mut last = first.clone();
    for _ in 0..n * 10 {
        let e = Rc::new(Entry { prev: RefCell::new(Rc::downgrade(&last)), next: RefCell::default() });
        *last.next.borrow_mut() = Some(e.clone());
        last = e;
    }
    held((first, last))
}

#[repr(C)]
struct Cached {
    key: u64,
    value: u64,
    prev: *mut Cached,
    next: *mut Cached,
}
struct Lru {
    map: HashMap<u64, *mut Cached>,
    head: *mut Cached,
    tail: *mut Cached,
}

fn cached(key: u64, value: u64) -> *mut Cached {
    Box::into_raw(Box::new(Cached { key, value, prev: std::ptr::null_mut(), next: std::ptr::null_mut() }))
}

fn live_lru(n: usize) -> Left {
    let mut l = Lru { map: HashMap::new(), head: cached(0, 0), tail: cached(0, 0) };
    unsafe {
        (*l.head).next = l.tail;
        (*l.tail).prev = l.head;
        for i in 0..n as u64 * 10 {
            let c = cached(1 + i % 2, 2 - i % 2);
            ((*c).prev, (*c).next) = (l.head, (*l.head).next);
            (*(*c).next).prev = c;
            (*l.head).next = c;
            l.map.insert(i, c);
        }
    }
    held(l)
}

static HELD: OnceLock<Arc<Peer>> = OnceLock::new();
// Without a destructor: one would let go of the cycle when the thread ends.
thread_local!(static LOCAL: Cell<Option<ManuallyDrop<Rc<Node>>>> = const { Cell::new(None) });

fn live_static(_: usize) -> Left {
    let a = Arc::new(Peer { id: 1, other: Mutex::new(None) });
    *a.other.lock().unwrap() = Some(a.clone());
    HELD.set(a).ok();
    gone(0)
}

fn live_local(_: usize) -> Left {
    let a = Rc::new(Node::default());
    *a.next.borrow_mut() = Some(a.clone());
    LOCAL.set(Some(ManuallyDrop::new(a)));
    black_box(LOCAL.with(|l| l.as_ptr() as usize)); // so that it is stored
    gone(0)
}

/// Tasks that wait for senders which are held elsewhere.
fn live_tasks(n: usize) -> Left {
    let q = Arc::new(Queue::default());
    let mut senders = Vec::new();
    let log = Arc::new(Mutex::new(Vec::new()));
    for _ in 0..n {
        let (tx, rx) = oneshot::<String>();
        let log = log.clone();
        spawn(&q, async move {
            let all = (rx, log);
            let (rx, log) = all;
            let text = rx.await;
            log.lock().unwrap().push(text);
        });
        senders.push(tx);
    }
    run_all(&q);
    held(senders)
}

struct App {
    name: String,
    handler: Option<Rc<Handler>>,
}
struct Handler {
    app: *const App,
}

fn live_back_pointer(n: usize) -> Left {
    let mut all = Vec::new();
    for i in 0..n {
        let mut a = Box::new(App { name: i.to_string(), handler: None });
        a.handler = Some(Rc::new(Handler { app: &*a }));
        all.push(a);
    }
    held(all)
}

struct Arena {
    nodes: Vec<(usize, usize, Vec<usize>)>,
}

fn live_arena(n: usize) -> Left {
    held(Arena { nodes: (0..n * 10).map(|i| (i + 1, i % 3 + 1, vec![(i + 1) % n, i])).collect() })
}

enum Place<T> {
    Full(u32, T),
    Free(usize),
}

/// A map of slots with generations, whose values know their place.
fn live_slots(n: usize) -> Left {
    let mut slots: Vec<Place<Rc<Vertex>>> = Vec::new();
    for id in 0..n * 4 {
        slots.push(Place::Full(1, Rc::new(Vertex { id, ..Vertex::default() })));
    }
    for i in (0..n * 4).step_by(3) {
        slots[i] = Place::Free(i + 1);
    }
    held(slots)
}

fn live_linked(n: usize) -> Left {
    let mut l = LinkedList::new();
    for _ in 0..n + 2 {
        l.push_back((1u64, 1u64));
    }
    held(l)
}

fn live_channel(n: usize) -> Left {
    let (tx, rx) = mpsc::channel();
    let a = Arc::new(Actor { tx, rx: Mutex::new(rx) });
    for _ in 0..n {
        a.tx.send(a.clone()).unwrap();
    }
    held(a)
}

/// Watchers know their subject, which knows them by Weak handles.
struct Known {
    watchers: RefCell<Vec<Weak<Knows>>>,
}
struct Knows {
    subject: Rc<Known>,
}

fn live_observers(n: usize) -> Left {
    let s = Rc::new(Known { watchers: RefCell::default() });
    let mut all = Vec::new();
    for _ in 0..n {
        let w = Rc::new(Knows { subject: s.clone() });
        s.watchers.borrow_mut().push(Rc::downgrade(&w));
        all.push(w);
    }
    held(all)
}

fn forgotten(n: usize) -> Left {
    for _ in 0..n {
        std::mem::forget(tree(3));
        std::mem::forget(vec![Box::new([1u64, 1, 0]), Box::new([2, 1, 0])]);
        let mut l = LinkedList::new();
        l.extend([(0u64, 1u64), (0, 2), (1, 7)]);
        std::mem::forget(l);
    }
    gone(0)
}
