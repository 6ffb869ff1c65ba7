package profile

var endNames = [...]string{"returned", "signaled", "killed", "running", "replaced"}

func (e End) String() string { return endNames[e] }

var kindNames = [...]string{"direct", "indirect", "cyclic", "reachable", "runtime", "unsorted"}

func (k Kind) String() string { return kindNames[k] }

var whereNames = [...]string{"live block", "leaked block", "freed block", "stack", "static data", "argument", "environment"}

func (w Where) String() string { return whereNames[w] }
