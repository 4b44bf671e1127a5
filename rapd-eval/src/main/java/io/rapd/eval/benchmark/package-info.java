/**
 * GenEval (Ghosh et al., 2023) and DPG-Bench (Hu et al., 2024): their prompts in, folders as their
 * scorers read them out, and the scorers' results in again. The scorers themselves are Python
 * programs with networks of their own ({@code djghosh13/geneval}, {@code TencentQQGYLab/ELLA}).
 */
@NullMarked
package io.rapd.eval.benchmark;

import org.jspecify.annotations.NullMarked;
