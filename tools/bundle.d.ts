/** Builds a package, and returns the files that went into it; what the parameters mean is said in bundle.js. */
export function bundle(
	sources: { nodes: string[]; credentials: string[] },
	places: { from?: string; outdir: string },
): Promise<string[]>;
