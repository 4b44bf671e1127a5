package io.rapd.view;

import io.rapd.infer.ImageField;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes one field at a time, in the order of submission. */
final class FieldQueue implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(FieldQueue.class);

  /** Ended jobs whose outcome can still be asked for. */
  private static final int REMEMBERED = 200;

  /** How a field is made. */
  @FunctionalInterface
  interface Work {
    /**
     * Makes a field on the queue's thread.
     *
     * @throws CancellationException if the job is no longer wanted
     */
    ImageField run(FieldJob job);
  }

  private record Entry(FieldJob job, Work work) {}

  private final FieldStore store;
  private final int capacity;
  private final long maxSide;
  private final Deque<Entry> waiting = new ArrayDeque<>();
  private final Map<String, FieldJob> jobs = new LinkedHashMap<>();
  private final Thread worker = new Thread(this::work, "rapd-view-fields");
  private @Nullable FieldJob running;
  private boolean closed;

  /**
   * A queue that is empty.
   *
   * @param capacity jobs that may wait
   * @param maxSide longest side of a rendering, in pixels
   */
  FieldQueue(FieldStore store, int capacity, long maxSide) {
    this.store = store;
    this.capacity = capacity;
    this.maxSide = maxSide;
    worker.setDaemon(true);
    worker.start();
  }

  /**
   * Adds a job at the end.
   *
   * @throws Refusal with 503 if too many wait
   */
  synchronized FieldJob submit(FieldOrigin origin, Work work) {
    waiting.removeIf(entry -> !entry.job.wanted());
    if (waiting.size() >= capacity || closed) {
      throw new Refusal(503, "%d fields wait already; try again when some are done", capacity);
    }
    FieldJob job = new FieldJob(RandomId.next(), origin);
    jobs.put(job.id(), job);
    if (jobs.size() > REMEMBERED) {
      jobs.values().stream()
          .filter(FieldJob::ended)
          .findFirst()
          .ifPresent(j -> jobs.remove(j.id()));
    }
    waiting.add(new Entry(job, work));
    notifyAll();
    return job;
  }

  /**
   * A job.
   *
   * @throws Refusal with 404 if there is none of that id
   */
  synchronized FieldJob get(String id) {
    FieldJob job = jobs.get(id);
    if (job == null) {
      throw new Refusal(404, "there is no such generation in this session");
    }
    return job;
  }

  /** What the page is told of a job. */
  synchronized FieldJob.Report report(FieldJob job) {
    int position = running == null || running.ended() ? 0 : 1;
    for (Entry entry : waiting) {
      if (entry.job == job) {
        return job.report(position);
      }
      position += entry.job.ended() ? 0 : 1;
    }
    return job.report(0);
  }

  /** Jobs that run or wait, in order. */
  synchronized List<FieldJob.Report> reports() {
    List<FieldJob.Report> reports = new ArrayList<>();
    if (running != null && !running.ended()) {
      reports.add(running.report(0));
    }
    for (Entry entry : waiting) {
      if (!entry.job.ended()) {
        reports.add(entry.job.report(reports.size()));
      }
    }
    return reports;
  }

  private synchronized @Nullable Entry next() {
    running = null;
    while (!closed) {
      Entry entry = waiting.poll();
      if (entry != null && entry.job.wanted()) {
        running = entry.job;
        return entry;
      }
      if (entry == null) {
        try {
          wait();
        } catch (InterruptedException e) {
          return null;
        }
      }
    }
    return null;
  }

  private void work() {
    for (Entry entry = next(); entry != null; entry = next()) {
      run(entry);
    }
  }

  private void run(Entry entry) {
    FieldJob job = entry.job;
    try {
      StoredField field =
          new StoredField(RandomId.next(), job.origin(), entry.work.run(job), maxSide);
      if (job.wanted()) {
        store.add(field);
        job.complete(field.id());
      } else {
        field.close();
      }
    } catch (CancellationException e) {
      job.cancel();
    } catch (Refusal e) {
      job.fail(e.reason());
    } catch (IllegalArgumentException | IllegalStateException e) {
      job.fail(String.valueOf(e.getMessage()));
    } catch (RuntimeException | Error e) { // the queue outlives a job
      LOGGER.error("a field could not be made", e);
      job.fail("a defect of the program; its log has the details: " + e);
    }
  }

  /** Cancels all jobs and waits for the one that runs. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      waiting.forEach(entry -> entry.job.cancel());
      if (running != null) {
        running.cancel();
      }
      notifyAll();
    }
    Threads.join(worker);
  }
}
