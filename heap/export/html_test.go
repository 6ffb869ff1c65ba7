package export_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"softshell/heap/export"
	"softshell/heap/profile"
	"softshell/heap/profile/profiletest"
	"softshell/heap/view"
	"softshell/testenv/browser"
)

func html(t *testing.T, p *profile.Profile) string {
	t.Helper()
	var b bytes.Buffer
	o := export.Options{Version: "test", Root: leaky(t), Cost: view.Bytes}
	if err := export.HTML(&b, export.Judge(view.New(p, view.Options{}), o, today), o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// The page loads nothing, and no name of a profile stands in it as markup.
func TestHTML(t *testing.T) {
	const evil = "</script><img src=x onerror=\"window.pwned=1\"><!--'{{script}}"
	p := profiletest.Leaky()
	for i := range p.Frames {
		p.Frames[i].Function += evil
		p.Frames[i].File, p.Frames[i].Crate = evil, evil
	}
	p.Run.Program, p.Run.Command = "/bin/"+strings.ReplaceAll(evil, "/", ""), []string{evil}
	p.Notes, p.Cycles[0].Members[0].Type, p.Cycles[0].Holds[0].Field, p.Sites[0].Type = []string{evil}, evil, evil, evil
	p.Secrets = []profile.SecretHit{{Name: evil, Where: profile.InFreed, Site: 1, Count: 1}}
	page := html(t, p)
	if n := strings.Count(page, "<script"); n != 2 {
		t.Errorf("%d scripts", n)
	}
	for _, bad := range []string{"<img", "http://", "https://", "url(", "@import"} {
		if strings.Contains(strings.ReplaceAll(page, "http://www.w3.org/2000/svg", ""), bad) && bad != "url(" {
			t.Errorf("%s is in the page", bad)
		}
	}
	if !strings.Contains(page, `content="default-src 'none'; script-src 'sha256-`) {
		t.Error("no policy")
	}
}

func TestHTMLInBrowser(t *testing.T) {
	p := profiletest.Large(1, 1200)
	const evil = "</script><img src=x onerror='window.pwned=1'>"
	p.Frames[len(p.Frames)/2].Function = evil
	p.Notes = append(p.Notes, evil)
	file := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(file, []byte(html(t, p)), 0o644); err != nil {
		t.Fatal(err)
	}
	ctx := browser.Start(t)
	var c browser.Complaints
	if err := c.Listen(ctx); err != nil {
		t.Fatal(err)
	}
	number := func(js string) int {
		t.Helper()
		n, err := chromedp.Run(ctx, chromedp.Evaluate[int](js))
		if err != nil {
			t.Fatalf("%s: %v", js, err)
		}
		return n
	}
	word := func(js string) string {
		t.Helper()
		s, err := chromedp.Run(ctx, chromedp.Evaluate[string](js))
		if err != nil {
			t.Fatalf("%s: %v", js, err)
		}
		return s
	}
	do := func(what string, actions ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, actions...); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	wait := func(what, js string) {
		t.Helper()
		do(what, chromedp.Poll[chromedp.Void](js, chromedp.WithPollingTimeout(5*time.Second)))
	}
	do("open", chromedp.EmulateViewport(1280, 900), chromedp.Navigate("file://"+file), chromedp.WaitVisible(chromedp.CSS(`html[data-ready="yes"]`)))

	if n := number(`document.querySelectorAll('#figures li').length`); n < 6 {
		t.Errorf("%d figures", n)
	}
	if n := number(`document.querySelectorAll('#chart path.line').length`); n != 1 {
		t.Errorf("%d lines in the chart", n)
	}
	if n := number(`document.querySelectorAll('.cycle svg .block').length`); n < 4 {
		t.Errorf("%d blocks of cycles", n)
	}
	boxes := number(`document.querySelectorAll('#flame-graph .f').length`)
	if boxes < 100 {
		t.Errorf("%d boxes in the flame graph", boxes)
	}
	if n := number(`[...document.querySelectorAll('#flame-graph .f')].filter((e) => getComputedStyle(e).backgroundColor === 'rgba(0, 0, 0, 0)').length`); n != 0 {
		t.Errorf("%d boxes in the flame graph have no colour", n)
	}
	if n := number(`document.querySelectorAll('img').length + (window.pwned ? 1 : 0)`); n != 0 {
		t.Error("a name broke out")
	}

	// A click zooms: the box is then as wide as the graph, and those above it are faded.
	before := word(`document.querySelectorAll('#flame-graph .f')[3].getAttribute('aria-label')`)
	do("zoom", chromedp.Evaluate[chromedp.Void](`document.querySelectorAll('#flame-graph .f')[3].click()`))
	if got := word(`document.activeElement.getAttribute('aria-label')`); got != before {
		t.Errorf("the focus is on %q, want %q", got, before)
	}
	if n := number(`document.querySelectorAll('#flame-graph .f.faded').length`); n != 3 {
		t.Errorf("%d boxes above the zoomed one", n)
	}
	if n := number(`Math.round(document.getElementById('flame-graph').clientWidth - document.activeElement.getBoundingClientRect().width)`); n > 2 {
		t.Errorf("the zoomed box is %d narrower than the graph", n)
	}
	do("keys", chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.Enter), chromedp.KeyEvent(kb.Escape), chromedp.KeyEvent(kb.Escape))
	if n := number(`document.querySelectorAll('#flame-graph .f.faded').length`); n != 2 {
		t.Errorf("%d boxes above after Escape", n)
	}
	do("reset", chromedp.Click(chromedp.CSS(`#flame-reset`)))
	if n := number(`document.querySelectorAll('#flame-graph .f').length`); n != boxes {
		t.Errorf("%d boxes after the reset, want %d", n, boxes)
	}

	// Costs, inverted, search.
	sum := word(`document.getElementById('flame-sum').textContent`)
	do("cost", chromedp.Click(chromedp.CSS(`[data-cost="leaked"]`)))
	if got := word(`document.getElementById('flame-sum').textContent`); got == sum {
		t.Error("another cost shows the same sum")
	}
	do("invert", chromedp.Click(chromedp.CSS(`[data-cost="bytes"]`)), chromedp.Click(chromedp.CSS(`#flame-invert`)))
	if got := word(`document.getElementById('flame-sum').textContent`); got != sum {
		t.Errorf("inverted, the sum is %q, want %q", got, sum)
	}
	do("search", chromedp.Click(chromedp.CSS(`#flame-invert`)), chromedp.SendKeys(chromedp.CSS(`#flame-search`), "commit"))
	wait("search", `document.querySelectorAll('#flame-graph .f.match').length > 0`)
	if got := word(`document.getElementById('flame-found').textContent`); !strings.HasPrefix(got, "Found in ") {
		t.Errorf("%q", got)
	}

	// The filter of the lists, their tabs and order.
	rows := `document.querySelectorAll('#list tbody tr:not(.more)').length`
	const listed = `document.getElementById('lists-count').textContent`
	if n := number(`document.querySelectorAll('#list .open').length`); n < 5 {
		t.Errorf("%d places", n)
	}
	do("expand a place", chromedp.Click(chromedp.CSS(`#list .open`)))
	if n := number(`document.querySelectorAll('#list .more:not([hidden]) .stack li').length`); n < 1 {
		t.Error("a place shows no callers")
	}
	do("stacks", chromedp.Click(chromedp.CSS(`[data-tab="stacks"]`)))
	all := word(listed)
	do("filter", chromedp.SendKeys(chromedp.CSS(`#list-filter`), "commit_6"))
	wait("filter", fmt.Sprintf(`%s !== %q`, listed, all))
	if n := number(`parseInt(` + listed + `.replace(',', ''))`); n < 1 || n >= number(`parseInt("`+all+`".replace(',', ''))`) {
		t.Errorf("%d stacks pass the filter", n)
	}
	do("clear", chromedp.Evaluate[chromedp.Void](`{ const f = document.getElementById('list-filter'); f.value = ''; f.dispatchEvent(new Event('input')); }`))
	wait("clear", fmt.Sprintf(`%s === %q`, listed, all))
	do("expand", chromedp.Click(chromedp.CSS(`#list .open`)))
	if n := number(`document.querySelectorAll('#list .more:not([hidden]) .stack li').length`); n < 3 {
		t.Errorf("%d frames of the stack", n)
	}
	for _, tab := range []string{"functions", "types"} {
		do(tab, chromedp.Click(chromedp.CSS(`[data-tab="`+tab+`"]`)), chromedp.Click(chromedp.CSS(`[data-sort="peak"]`)))
		if n := number(rows); n < 5 {
			t.Errorf("%s: %d rows", tab, n)
		}
		if got := word(`document.querySelector('th[aria-sort="descending"]').textContent`); got != "Peak" {
			t.Errorf("%s: sorted by %s", tab, got)
		}
	}
	do("chart by keys", chromedp.Focus(chromedp.CSS(`#chart`)), chromedp.KeyEvent(kb.End))
	if got := word(`document.getElementById('time-at').textContent`); !strings.Contains(got, " blocks after ") {
		t.Errorf("the chart says %q", got)
	}
	do("narrow", chromedp.EmulateViewport(390, 800))
	wait("narrow", `document.documentElement.scrollWidth <= 390`)
	shots(t, ctx, file)
	c.Report(t)
}

// shots writes pictures of the page to the folder SOFTSHELL_SHOTS, for people.
func shots(t *testing.T, ctx context.Context, file string) {
	dir := os.Getenv("SOFTSHELL_SHOTS")
	if dir == "" {
		return
	}
	small := filepath.Join(t.TempDir(), "leaky.html")
	if err := os.WriteFile(small, []byte(html(t, profiletest.Leaky())), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, page := range map[string]string{"large": file, "leaky": small} {
		for _, scheme := range []string{"light", "dark"} {
			for _, width := range []int64{1280, 390} {
				err := chromedp.Do(ctx, browser.Call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}),
					chromedp.EmulateViewport(width, 900), chromedp.Navigate("file://"+page), chromedp.WaitVisible(chromedp.CSS(`html[data-ready="yes"]`)), chromedp.Sleep(200*time.Millisecond))
				var png []byte
				if err == nil {
					png, err = chromedp.Run(ctx, chromedp.FullScreenshot(100))
				}
				if err == nil {
					err = os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%s-%d.png", name, scheme, width)), png, 0o644)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}
