package capture

import (
	"os"
	"testing"
)

// The test binary is what cargo calls back as RUSTC_WRAPPER.
func TestMain(m *testing.M) {
	if WrapperMain() {
		return
	}
	os.Exit(m.Run())
}
