package export

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"softshell/testenv/browser"
)

// pictures writes the page to the folder SOFTSHELL_SHOTS, for people.
func pictures(t *testing.T, ctx context.Context) {
	dir := os.Getenv("SOFTSHELL_SHOTS")
	if dir == "" {
		return
	}
	file := filepath.Join(t.TempDir(), "evidence.html")
	if err := os.WriteFile(file, []byte(htmlOf(t, evidence(""))), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, scheme := range []string{"light", "dark"} {
		for _, width := range []int64{1280, 390} {
			err := chromedp.Do(ctx, browser.Call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}),
				chromedp.EmulateViewport(width, 900), chromedp.Navigate("file://"+file), chromedp.WaitVisible(chromedp.CSS(`#limits-title`)))
			var png []byte
			if err == nil {
				png, err = chromedp.Run(ctx, chromedp.FullScreenshot(100))
			}
			if err == nil {
				err = os.WriteFile(filepath.Join(dir, fmt.Sprintf("policy-%s-%d.png", scheme, width)), png, 0o644)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}
