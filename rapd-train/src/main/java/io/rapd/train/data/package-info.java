/**
 * Images with captions: their sources (folders, WebDataset shards, the embedded set), the order of
 * samples, the multi-resolution crops of stage 1 (encoder input of side R, target of side round(s
 * R) with s ~ U(1, s_max); RaPD section 3.4, after LIIF), and the threads that prepare batches.
 * Start with {@link io.rapd.train.data.ImageTextSource}.
 */
@NullMarked
package io.rapd.train.data;

import org.jspecify.annotations.NullMarked;
