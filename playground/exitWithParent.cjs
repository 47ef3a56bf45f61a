// Loaded into every Node program the playground starts, and into itself. However a process ends, kill -9 included,
// nothing is left behind: a program whose parent is gone ends its process group the way Ctrl-C would, or itself if it has none.
const parent = process.ppid;
const timer = setInterval(() => {
	if (process.ppid === parent) return;
	clearInterval(timer);
	try {
		process.kill(-process.pid, 'SIGTERM');
	} catch {
		process.kill(process.pid, 'SIGTERM');
	}
}, 1_000);
timer.unref();
