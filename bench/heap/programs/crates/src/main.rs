//! What heap/graph/testdata/programs/cycles.rs does with std, with crates: `crates
//! CASE N` prints how many cycles of reference counts it left.
use std::any::Any;
use std::future::Future;
use std::hint::black_box;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

#[cfg(record)]
#[path = "../../../../../heap/memory/memorytest/record.rs"]
mod record;

type Left = (usize, Box<dyn Any>);

fn gone(cycles: usize) -> Left {
    (cycles, Box::new(()))
}

fn held(what: impl Any) -> Left {
    (0, Box::new(what))
}

const CASES: &[(&str, fn(usize) -> Left)] = &[
    ("tokio-channel", tokio_channel),
    ("tokio-oneshot", tokio_oneshot),
    ("tokio-ended", tokio_ended),
    ("tokio-live", tokio_live),
    ("tokio-threads", tokio_threads),
    ("futures-unordered", futures_unordered),
    ("futures-shared", futures_shared),
    ("futures-live", futures_live),
    ("async-channel", async_channel_self),
    ("async-task", async_task_self),
    ("async-task-live", async_task_live),
    ("crossbeam", crossbeam_self),
    ("petgraph", petgraph_live),
    ("petgraph-rc", petgraph_rc),
    ("slotmap", slotmap_live),
    ("lru", lru_live),
    ("lru-rc", lru_rc),
];

static mut LEFT: Option<Left> = None;

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

fn main() {
    let left = run();
    println!("{}", left.0);
    unsafe { LEFT = Some(left) };
    #[cfg(record)]
    record::dump(false);
}

struct Actor {
    tx: tokio::sync::mpsc::UnboundedSender<Arc<Actor>>,
    rx: Mutex<tokio::sync::mpsc::UnboundedReceiver<Arc<Actor>>>,
}

fn tokio_channel(n: usize) -> Left {
    for _ in 0..n {
        let (tx, rx) = tokio::sync::mpsc::unbounded_channel();
        let a = Arc::new(Actor { tx, rx: Mutex::new(rx) });
        a.tx.send(a.clone()).unwrap();
        a.tx.send(a.clone()).unwrap();
        drop(a.rx.lock().unwrap().try_recv());
    }
    gone(n)
}

struct Waiter {
    future: Mutex<Option<Pin<Box<dyn Future<Output = ()> + Send>>>>,
}

/// Futures that hold their own owner while they wait.
fn tokio_oneshot(n: usize) -> Left {
    for _ in 0..n {
        let (tx, rx) = tokio::sync::oneshot::channel::<String>();
        let w = Arc::new(Waiter { future: Mutex::new(None) });
        let me = w.clone();
        let mut f: Pin<Box<dyn Future<Output = ()> + Send>> = Box::pin(async move {
            let text = rx.await;
            black_box((text.is_ok(), &me, &tx));
        });
        assert!(f.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        *w.future.lock().unwrap() = Some(f);
    }
    gone(n)
}

fn pending_tasks(rt: &tokio::runtime::Runtime, n: usize) -> Vec<tokio::sync::oneshot::Sender<u32>> {
    let shared = Arc::new(tokio::sync::Notify::new());
    let mut senders = Vec::new();
    for _ in 0..n {
        let (tx, rx) = tokio::sync::oneshot::channel::<u32>();
        let shared = shared.clone();
        rt.spawn(async move {
            tokio::select! {
                v = rx => drop(black_box(v)),
                _ = shared.notified() => {}
                _ = tokio::time::sleep(std::time::Duration::from_secs(1000)) => {}
            }
        });
        senders.push(tx);
        let (own, rx) = tokio::sync::oneshot::channel::<u32>();
        rt.spawn(async move {
            drop(black_box(rx.await)); // waits for itself, but the runtime has it
            drop(own);
        });
    }
    rt.block_on(async {
        for _ in 0..4 * n {
            tokio::task::yield_now().await;
        }
    });
    senders
}

fn local() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap()
}

fn tokio_ended(n: usize) -> Left {
    let rt = local();
    drop(pending_tasks(&rt, n));
    drop(rt);
    gone(0)
}

fn tokio_live(n: usize) -> Left {
    let rt = local();
    let s = pending_tasks(&rt, n);
    held((rt, s))
}

fn tokio_threads(n: usize) -> Left {
    let rt = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap();
    let s = pending_tasks(&rt, n);
    std::thread::sleep(std::time::Duration::from_millis(20));
    held((rt, s))
}

#[derive(Default)]
struct Hub {
    tasks: Mutex<futures::stream::FuturesUnordered<Pin<Box<dyn Future<Output = ()> + Send>>>>,
}

fn fill(h: &Arc<Hub>) {
    use futures::StreamExt;
    for _ in 0..3 {
        let me = h.clone();
        h.tasks.lock().unwrap().push(Box::pin(async move {
            std::future::pending::<()>().await;
            drop(me);
        }));
    }
    let p = h.tasks.lock().unwrap().poll_next_unpin(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(p, Poll::Pending));
}

fn futures_unordered(n: usize) -> Left {
    for _ in 0..n {
        fill(&Arc::new(Hub::default()));
    }
    gone(n)
}

fn futures_live(n: usize) -> Left {
    let all: Vec<_> = (0..n).map(|_| Arc::new(Hub::default())).collect();
    all.iter().for_each(fill);
    held(all)
}

struct Memo {
    value: Mutex<Option<futures::future::Shared<Pin<Box<dyn Future<Output = u32> + Send>>>>>,
}

fn futures_shared(n: usize) -> Left {
    use futures::FutureExt;
    for _ in 0..n {
        let m = Arc::new(Memo { value: Mutex::new(None) });
        let me = m.clone();
        let f: Pin<Box<dyn Future<Output = u32> + Send>> = Box::pin(async move {
            std::future::pending::<()>().await;
            me.value.lock().unwrap().is_some() as u32
        });
        let mut s = f.shared();
        assert!(s.poll_unpin(&mut Context::from_waker(Waker::noop())).is_pending());
        *m.value.lock().unwrap() = Some(s);
    }
    gone(n)
}

struct Mailbox {
    tx: async_channel::Sender<Arc<Mailbox>>,
    rx: async_channel::Receiver<Arc<Mailbox>>,
}

fn async_channel_self(n: usize) -> Left {
    for i in 0..n {
        let (tx, rx) = if i % 2 == 0 { async_channel::unbounded() } else { async_channel::bounded(5) };
        let m = Arc::new(Mailbox { tx, rx });
        for _ in 0..3 {
            m.tx.try_send(m.clone()).unwrap();
        }
        drop(m.rx.try_recv());
    }
    gone(n)
}

/// A task is held by wakers alone when it is not scheduled.
fn async_task_self(n: usize) -> Left {
    for _ in 0..n {
        let (queue, next) = crossbeam_channel::unbounded::<async_task::Runnable>();
        let (tx, rx) = futures::channel::oneshot::channel::<u32>();
        let (first, task) = async_task::spawn(
            async move {
                drop(black_box(rx.await));
                drop(tx);
            },
            move |r| queue.send(r).unwrap(),
        );
        task.detach();
        first.run();
        assert!(next.try_recv().is_err());
    }
    gone(n)
}

fn async_task_live(n: usize) -> Left {
    let (queue, next) = crossbeam_channel::unbounded::<async_task::Runnable>();
    let mut all = Vec::new();
    for _ in 0..n {
        let queue = queue.clone();
        let (tx, rx) = futures::channel::oneshot::channel::<u32>();
        let (first, task) = async_task::spawn(async move { rx.await.ok() }, move |r| queue.send(r).unwrap());
        first.run();
        all.push((tx, task));
    }
    held((all, next))
}

struct Port {
    tx: crossbeam_channel::Sender<Arc<Port>>,
    rx: crossbeam_channel::Receiver<Arc<Port>>,
}

fn crossbeam_self(n: usize) -> Left {
    for i in 0..n {
        let (tx, rx) = if i % 2 == 0 { crossbeam_channel::unbounded() } else { crossbeam_channel::bounded(5) };
        let p = Arc::new(Port { tx, rx });
        for _ in 0..3 {
            p.tx.send(p.clone()).unwrap();
        }
        drop(p.rx.recv());
    }
    gone(n)
}

fn petgraph_live(n: usize) -> Left {
    let mut g = petgraph::stable_graph::StableGraph::<(usize, String), usize>::new();
    let ids: Vec<_> = (0..n * 10).map(|i| g.add_node((1, i.to_string()))).collect();
    for i in 0..n * 10 {
        g.add_edge(ids[i], ids[(i * 7 + 1) % ids.len()], 1);
        g.add_edge(ids[(i * 7 + 1) % ids.len()], ids[i], 2);
    }
    g.remove_node(ids[1]);
    let mut m = petgraph::graphmap::UnGraphMap::<u64, u64>::new();
    for i in 0..n as u64 {
        m.add_edge(i, i + 1, 1);
    }
    held((g, m))
}

struct Place {
    me: Mutex<Option<petgraph::graph::NodeIndex>>,
    graph: std::rc::Weak<std::cell::RefCell<petgraph::Graph<Rc<Place>, ()>>>,
}

fn petgraph_rc(n: usize) -> Left {
    let g = Rc::new(std::cell::RefCell::new(petgraph::Graph::new()));
    for _ in 0..n * 10 {
        let p = Rc::new(Place { me: Mutex::new(None), graph: Rc::downgrade(&g) });
        let at = g.borrow_mut().add_node(p.clone());
        *p.me.lock().unwrap() = Some(at);
        black_box(&p.graph);
    }
    held(g)
}

fn slotmap_live(n: usize) -> Left {
    let mut s = slotmap::SlotMap::new();
    let mut d = slotmap::DenseSlotMap::<slotmap::DefaultKey, (usize, Option<slotmap::DefaultKey>)>::new();
    let mut last = None;
    for i in 0..n * 10 {
        let k = s.insert(Rc::new((i, last)));
        d.insert((1, last));
        if i % 3 == 0 {
            s.remove(k);
        } else {
            last = Some(k);
        }
    }
    held((s, d))
}

fn lru_live(n: usize) -> Left {
    let mut l = lru::LruCache::unbounded();
    for i in 0..n as u64 * 10 {
        l.put(i % 2, 2 - i % 2);
        l.put(i, 1);
    }
    let mut small = lru::LruCache::new(std::num::NonZeroUsize::new(2).unwrap());
    small.put(1u64, 2u64);
    small.put(2, 1);
    held((l, small))
}

struct Page {
    cache: Rc<std::cell::RefCell<lru::LruCache<u64, Rc<Page>>>>,
}

/// Cached values that hold their cache.
fn lru_rc(n: usize) -> Left {
    for _ in 0..n {
        let c = Rc::new(std::cell::RefCell::new(lru::LruCache::unbounded()));
        for i in 0..5 {
            let p = Rc::new(Page { cache: c.clone() });
            p.cache.borrow_mut().put(i, p.clone());
        }
    }
    gone(n)
}
