package export

import "io"

func HTML(w io.Writer, s *Shown, o Options) error { return nil }
