package main

import (
	"fmt"
	"os"
	"strings"

	"softshell/effects"
	"softshell/flow"
	"softshell/ir"
	"softshell/mir"
	"softshell/mirlite"
)

type own struct{}

func (own) OwnsHeap(c *ir.Crate, t *mir.Type) effects.Tri {
	if t == nil {
		return effects.Maybe
	}
	for _, k := range []string{"Box<", "Vec<", "String", "Rc<", "Arc<"} {
		if strings.Contains(t.Text, k) {
			return effects.Yes
		}
	}
	if t.Kind == mir.TypeParam {
		return effects.Maybe
	}
	return effects.No
}
func (own) VariantName(c *ir.Crate, t *mir.Type, d int64) string { return "" }
func (own) LocalADT(c *ir.Crate, t *mir.Type) bool {
	return t.Kind == mir.TypePath && len(t.Path.Segs) == 1
}
func (own) FieldType(c *ir.Crate, t *mir.Type, v string, f int) *mir.Type { return nil }
func (own) ADTOfPath(c *ir.Crate, p *mir.Path) *mir.Type                  { return nil }

func main() {
	src, _ := os.ReadFile(os.Args[1])
	p := mirlite.New()
	bodies := p.Parse(string(src))
	prog := ir.NewProgram()
	wd, _ := os.Getwd()
	c := prog.AddCrate("x", wd, p.Sources, bodies)
	prog.Link()
	m, err := effects.Load()
	if err != nil {
		panic(err)
	}
	e := flow.New(prog, m, own{}, map[string]bool{})
	for _, f := range c.Funcs {
		for _, o := range e.Origins(f) {
			st := e.Track(o)
			fmt.Println(f.Name, "origin bb", o.Block, "kind", o.Kind, "owns", o.Owns, rule0(f, o.Block), "gaveup", st.GaveUp)
			for _, en := range st.Ends {
				fmt.Println("   end", en.Kind, "bb", en.Block, en.Stmt, "why", en.Why, "panics", en.Panics)
			}
		}
		for _, cy := range e.SharedCycles(f) {
			fmt.Println(f.Name, "CYCLE closing", cy.Links[cy.Closing].At.Block, cy.Links[cy.Closing].At.Stmt, len(cy.Links))
		}
	}
	fmt.Println(e.UnknownCalls)
}

func rule0(f *ir.Func, b int32) string {
	if f.Calls[b] != nil && f.Calls[b].Path != nil {
		return f.Calls[b].Path.Plain
	}
	return ""
}
