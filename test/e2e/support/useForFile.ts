const stops: Array<() => unknown> = [];

/**
 * Starts something before the tests of the file, and stops it after them: last what was started first. What is
 * returned stands for it while they run.
 */
export function useForFile<T extends object>(
	start: () => Promise<T>,
	stop: (started: T) => unknown = () => {},
): T {
	let current: T | undefined;
	beforeAll(async () => {
		const started = await start();
		stops.push(() => stop(started));
		current = started;
	});
	// The first of these hooks stops everything; if a stop fails there, the next hook goes on after it.
	afterAll(async () => {
		for (let next = stops.pop(); next; next = stops.pop()) await next();
	});
	const present = () => {
		if (!current) throw new Error('What a file uses is there only while its tests run');
		return current;
	};
	return new Proxy({} as T, {
		get(_target, name) {
			const value: unknown = Reflect.get(present(), name, present());
			return typeof value === 'function' ? (value.bind(present()) as unknown) : value;
		},
		has: (_target, name) => Reflect.has(present(), name),
	});
}
