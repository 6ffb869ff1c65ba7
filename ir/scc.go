package ir

import "slices"

// tarjan holds one run of Tarjan's algorithm; index 0 means not visited.
type tarjan struct {
	index, low []int
	on         []bool
	stack      []int
	count      int
	succs      func(int) []int
	out        [][]int
}

type sccFrame struct {
	node, next int
	succs      []int
}

func (t *tarjan) enter(v int) sccFrame {
	t.count++
	t.index[v], t.low[v] = t.count, t.count
	t.stack = append(t.stack, v)
	t.on[v] = true
	return sccFrame{node: v, succs: t.succs(v)}
}

func (t *tarjan) run(root int) {
	frames := []sccFrame{t.enter(root)}
	for len(frames) > 0 {
		f := &frames[len(frames)-1]
		if f.next < len(f.succs) {
			w := f.succs[f.next]
			f.next++
			switch {
			case t.index[w] == 0:
				frames = append(frames, t.enter(w))
			case t.on[w]:
				t.low[f.node] = min(t.low[f.node], t.index[w])
			}
			continue
		}
		v := f.node
		frames = frames[:len(frames)-1]
		if len(frames) > 0 {
			up := frames[len(frames)-1].node
			t.low[up] = min(t.low[up], t.low[v])
		}
		if t.low[v] == t.index[v] {
			t.pop(v)
		}
	}
}

// pop takes the component whose root is v off the stack.
func (t *tarjan) pop(v int) {
	var comp []int
	for {
		w := t.stack[len(t.stack)-1]
		t.stack = t.stack[:len(t.stack)-1]
		t.on[w] = false
		comp = append(comp, w)
		if w == v {
			break
		}
	}
	slices.Sort(comp)
	t.out = append(t.out, comp)
}
