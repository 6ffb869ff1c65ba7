package ir

import (
	"fmt"
	"sync"
	"sync/atomic"

	"softshell/mir"
)

// Code is what stands between a function's braces.
type Code struct {
	Body *mir.Body
	CFG  *CFG
	// Calls holds the resolved call of each block, nil where the block does
	// not end in a call.
	Calls []*Call
}

// Call is the call that ends a block.
type Call struct {
	Path   *mir.Path // callee as printed; nil when it is called through a value
	Target *Func     // its body, nil when there is none in the Program
}

// Source reads the bodies of a crate again, by their heads. The program calls
// it for one body of a crate at a time.
type Source func(head *mir.Body) (*mir.Body, error)

// Code returns the function's code. It is read again when it is not in memory:
// keep it for as long as it is needed, ask again later.
func (f *Func) Code() *Code {
	if c := f.code.Load(); c != nil {
		return c
	}
	return f.load()
}

func (f *Func) load() *Code {
	p := f.Crate.prog
	f.Crate.mu.Lock()
	defer f.Crate.mu.Unlock()
	if c := f.code.Load(); c != nil {
		return c
	}
	body := f.whole
	if body == nil {
		var err error
		if body, err = f.Crate.source(f.Head); err != nil {
			p.fail(fmt.Errorf("read %s of crate %s again: %w", f.Name, f.Crate.Name, err))
			body = f.Head
		}
	}
	c := &Code{Body: body, CFG: NewCFG(body), Calls: make([]*Call, len(body.Blocks))}
	count := 0
	for i := range body.Blocks {
		if body.Blocks[i].Term.IsCall() {
			count++
		}
	}
	calls := make([]Call, count)
	for i := range body.Blocks {
		t := &body.Blocks[i].Term
		if !t.IsCall() {
			continue
		}
		call := &calls[0]
		calls = calls[1:]
		if t.Func.Kind == mir.Constant && t.Func.Const != nil {
			call.Path = t.Func.Const.Path
			call.Target = p.Resolve(f.Crate, call.Path)
		}
		c.Calls[i] = call
	}
	f.code.Store(c)
	if !f.Crate.held && f.Blocks > 0 {
		p.memory.add(f)
	}
	return c
}

// memory holds the code that was read last: when the younger half is full, the
// older half is let go.
type memory struct {
	mu         sync.Mutex
	budget     int64 // bytes of MIR text; 0 is without bound
	young, old []*Func
	size       int64 // of young
}

func (m *memory) add(f *Func) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.young = append(m.young, f)
	if m.size += f.Head.Size; m.budget == 0 || m.size < m.budget/2 {
		return
	}
	for _, g := range m.old {
		g.code.Store(nil)
	}
	m.old, m.young, m.size = m.young, m.old[:0], 0
}

// failure is the first error of a Source.
type failure struct{ err atomic.Pointer[error] }

func (p *Program) fail(err error) { p.failure.err.CompareAndSwap(nil, &err) }

// Err returns the first error of a Source: code is missing, what was found is not all.
func (p *Program) Err() error {
	if e := p.failure.err.Load(); e != nil {
		return *e
	}
	return nil
}
