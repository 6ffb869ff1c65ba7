/* Loads a library, allocates there, unloads it, and loads it again.
 * lost: 3 blocks, 300 bytes */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	for (int i = 0; i < 3; i++) {
		void *lib = dlopen(argv[argc - 1], RTLD_NOW);
		if (!lib) {
			fprintf(stderr, "%s\n", dlerror());
			return 2;
		}
		char *(*make)(size_t) = (char *(*)(size_t))dlsym(lib, "plugin_make");
		free(make(50));
		printf("%d\n", make(100)[3]);
		dlclose(lib);
	}
	return 0;
}
