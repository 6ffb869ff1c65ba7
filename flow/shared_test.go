package flow

import (
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func drawShared(t *rapid.T, what string) *sharedState {
	tokens := rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) token {
		return token{kind: tokenKind(rapid.IntRange(0, int(inside)).Draw(t, "kind")), obj: object(rapid.IntRange(1, 3).Draw(t, "object")),
			slot: rapid.Int32Range(0, 1).Draw(t, "slot"), via: rapid.Int32Range(0, 1).Draw(t, "via")}
	}), 1, 4, rapid.ID[token])
	return rapid.Custom(func(t *rapid.T) *sharedState {
		s := &sharedState{vals: rapid.MapOfN(rapid.Int32Range(0, 3), tokens, 0, 4).Draw(t, "values"), edges: map[strongEdge]LinkAt{}}
		for range rapid.IntRange(0, 5).Draw(t, "edges") {
			e := strongEdge{object(rapid.IntRange(1, 3).Draw(t, "from")), object(rapid.IntRange(1, 3).Draw(t, "to")), rapid.Int32Range(0, 1).Draw(t, "slot")}
			s.edges[e] = LinkAt{Block: rapid.Int32Range(-1, 3).Draw(t, "block")}
		}
		return s
	}).Draw(t, what)
}

// below reports whether b knows all that a knows.
func below(a, b *sharedState) bool {
	for l, ts := range a.vals {
		for _, t := range ts {
			if !slices.Contains(b.vals[l], t) {
				return false
			}
		}
	}
	for e := range a.edges {
		if _, ok := b.edges[e]; !ok {
			return false
		}
	}
	return true
}

func same(a, b *sharedState) bool { return below(a, b) && below(b, a) }

func joined(a, b *sharedState) *sharedState {
	c := a.clone()
	c.join(b)
	return c
}

// join is the least upper bound, and says truly whether it added something.
func TestSharedJoin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := drawShared(t, "a"), drawShared(t, "b"), drawShared(t, "c")
		aWas, bWas := a.clone(), b.clone()
		ab := joined(a, b)
		if !same(a, aWas) || !same(b, bWas) {
			t.Fatal("joining changed a state that was copied or only read")
		}
		if !below(a, ab) || !below(b, ab) {
			t.Fatal("the join does not know what one side knows")
		}
		if !same(ab, joined(b, a)) {
			t.Fatal("the order matters")
		}
		if !same(joined(ab, c), joined(a, joined(b, c))) {
			t.Fatal("the grouping matters")
		}
		if grew := a.clone().join(a); grew {
			t.Fatal("a state grew by itself")
		}
		if grew := a.clone().join(b); grew == below(b, a) {
			t.Fatalf("grew: %v, and knew it all: %v", grew, below(b, a))
		}
		if upper := joined(ab, c); !below(joined(a, c), upper) || !below(ab, upper) {
			t.Fatal("more on one side gave less")
		}
		if below(a, c) && below(b, c) && !below(ab, c) {
			t.Fatal("not the least")
		}
		for e, at := range a.edges {
			if ab.edges[e] != at {
				t.Fatal("the place of a link that was known has changed")
			}
		}
		for _, ts := range ab.vals {
			seen := map[token]bool{}
			for _, tk := range ts {
				if seen[tk] {
					t.Fatalf("twice in %v", ts)
				}
				seen[tk] = true
			}
		}
	})
}

// A new object of a site takes the place of the one before, which becomes one
// of the older: nothing is forgotten, and each run gives the same.
func TestNewObject(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawShared(t, "state")
		again := s.clone()
		newest := func(s *sharedState) (*sharedRun, object) {
			r := &sharedRun{index: map[objectInfo]object{}, objects: make([]objectInfo, 1)}
			for i := range 3 { // 1 is the newest of site 0, 2 one of its older, 3 another
				r.object([]objectInfo{{site: 0}, {site: 0, older: true}, {site: 1}}[i])
			}
			return r, r.newObject(s, objectInfo{site: 0})
		}
		was := s.clone()
		r, o := newest(s)
		if o != 1 || len(r.objects) != 4 {
			t.Fatalf("the new object is %d of %v", o, r.objects)
		}
		want := &sharedState{vals: map[int32][]token{}, edges: map[strongEdge]LinkAt{}}
		older := func(o object) object {
			if o == 1 {
				return 2
			}
			return o
		}
		for l, ts := range was.vals {
			for _, tk := range ts {
				tk.obj = older(tk.obj)
				want.vals[l] = append(want.vals[l], tk)
			}
		}
		written := map[strongEdge]bool{}
		for e := range was.edges {
			to := strongEdge{older(e.from), older(e.to), e.slot}
			if was.edges[e].Block >= 0 {
				written[to] = true
			}
			want.edges[to] = LinkAt{}
		}
		if !same(s, want) {
			t.Fatalf("%v and %v, want %v and %v", s.vals, s.edges, want.vals, want.edges)
		}
		for e, at := range s.edges {
			if (at.Block >= 0) != written[e] {
				t.Fatalf("%v is at %d, written: %v", e, at.Block, written[e])
			}
		}
		if newest(again); !maps.Equal(s.edges, again.edges) {
			t.Fatalf("%v one time, %v the other", s.edges, again.edges)
		}
	})
}
