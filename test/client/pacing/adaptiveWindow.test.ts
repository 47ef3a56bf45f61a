import { AdaptiveWindow } from '../../../client/pacing/adaptiveWindow';

// pacer.test shows that a burst halves the window once, and that it grows by one per clean window.

test('answers do not limit a window', () => {
	const window = new AdaptiveWindow();
	for (let i = 0; i < 1000; i++) window.grow();
	expect(window.size).toBe(Infinity);
});

test('a window shrinks to half of what is under way, when that is less than it allows', () => {
	const window = new AdaptiveWindow();
	window.shrink(1, 2, 40);
	expect(window.size).toBe(20);
	window.shrink(3, 4, 7);
	expect(window.size).toBe(3);
	// Requests sent while the window was larger may still be under way.
	window.shrink(5, 6, 40);
	expect(window.size).toBe(1);
});

test('a window always lets one request through', () => {
	const window = new AdaptiveWindow();
	for (let now = 1; now < 10; now++) window.shrink(now, now, 1);
	expect(window.size).toBe(1);
});

test('only requests sent after a window shrank shrink it again', () => {
	const window = new AdaptiveWindow();
	window.shrink(0, 10, 40);
	window.shrink(10, 11, 40);
	expect(window.size).toBe(20);
	window.shrink(11, 12, 40);
	expect(window.size).toBe(10);
});

test('answers from before a window shrank do not make it grow', () => {
	const window = new AdaptiveWindow();
	window.shrink(0, 1, 4);
	window.grow();
	window.shrink(2, 3, 4);
	window.grow();
	expect(window.size).toBe(2);
	window.shrink(4, 5, 4);
	expect(window.size).toBe(1);
	window.grow();
	window.grow();
	expect(window.size).toBe(2);
	window.grow();
	window.grow();
	expect(window.size).toBe(3);
});
