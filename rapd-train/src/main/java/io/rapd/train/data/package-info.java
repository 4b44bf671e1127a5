/**
 * Images with captions: where they come from (folders, WebDataset shards, the embedded set), which
 * of them a step sees, the multi-resolution crops of stage 1 (encoder input of side R, supervision
 * target of side round(s R), s drawn uniformly; RaPD section 3.1, after the scheme of LIIF), and
 * the threads that prepare batches ahead of the training loop.
 */
@NullMarked
package io.rapd.train.data;

import org.jspecify.annotations.NullMarked;
