import { isObject } from '../../client/core/json';

/**
 * Where a value is not what a case expects. What the case does not name does not matter. Instead of a value there may
 * be `{"$re": …}` (any case, dots match line ends), `{"$any": true}`, `{"$absent": true}`, `{"$in": […]}`,
 * `{"$not": …}`, or `{"$min": …, "$max": …}`.
 */
export function differences(expected: unknown, actual: unknown, path = 'result'): string[] {
	if (Array.isArray(expected)) {
		if (!Array.isArray(actual) || actual.length !== expected.length)
			return [difference(path, expected, actual)];
		return expected.flatMap((one, index) => differences(one, actual[index], `${path}[${index}]`));
	}
	if (!isObject(expected)) return Object.is(expected, actual) ? [] : [difference(path, expected, actual)];
	const [operator] = Object.keys(expected);
	if (operator?.startsWith('$')) return holds(expected, actual) ? [] : [difference(path, expected, actual)];
	if (!isObject(actual)) return [difference(path, expected, actual)];
	return Object.entries(expected).flatMap(([key, value]) =>
		differences(value, actual[key], `${path}.${key}`),
	);
}

function holds(condition: Record<string, unknown>, actual: unknown): boolean {
	if ('$any' in condition) return actual !== undefined;
	if ('$absent' in condition) return actual === undefined;
	if ('$in' in condition)
		return (condition.$in as unknown[]).some((one) => differences(one, actual).length === 0);
	if ('$not' in condition) return differences(condition.$not, actual).length > 0;
	if ('$re' in condition) {
		return typeof actual === 'string' && new RegExp(condition.$re as string, 'is').test(actual);
	}
	const { $min = -Infinity, $max = Infinity } = condition as { $min?: number; $max?: number };
	return typeof actual === 'number' && actual >= $min && actual <= $max;
}

function difference(path: string, expected: unknown, actual: unknown): string {
	return `${path}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual) ?? 'nothing'}`;
}
