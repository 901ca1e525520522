import Dispatch
import Foundation
import GraphExec
import Synchronization

/// Writes what a run leaves behind: tables, TensorBoard events, checkpoints.
///
/// Checkpoints are written beside the training, one at a time, and no more often than keeps them below one percent of a
/// run's time; so a run that is killed goes on from its last checkpoint, and ends with the same bits.
final class RunLog {
  private let folder: RunFolder
  private let histogramInterval: Int
  private var events: TensorBoardWriter
  private let writer = DispatchQueue(label: "whittle.checkpoint")
  private let outcome = Outcome()
  private let pending = DispatchGroup()
  private var lastSave = ContinuousClock.now

  /// What the thread that saves reports back.
  private final class Outcome: Sendable {
    let failure = Mutex<(any Error)?>(nil)
    let cost = Mutex(Duration.zero)
  }

  /// Training time per time spent on checkpoints.
  private static let pace = 100

  /// Starts the files of a run, or continues them at a checkpoint.
  init(_ folder: RunFolder, histogramInterval: Int, resuming checkpoint: RunCheckpoint?) throws {
    self.folder = folder
    self.histogramInterval = histogramInterval
    try FileSystem.createFolder(folder.path)
    try AtomicFile.removeLeftovers(in: folder.path)
    if let checkpoint {
      events = try TensorBoardWriter(resuming: folder.events, at: checkpoint.eventsLength)
    } else {
      events = try TensorBoardWriter(creating: folder.events)
    }
  }

  deinit { pending.wait() }

  /// Logs an epoch to TensorBoard; weights are read from the device only when a histogram is due.
  func logEpoch(
    _ row: MetricsRow, isLast: Bool, counts: [LayerCount], network: Network, state: () throws -> ModelState
  ) throws {
    var scalars: [(tag: String, value: Double)] = [
      ("loss/train", row.trainLoss), ("loss/test", row.testLoss), ("accuracy/train", row.trainAccuracy),
      ("accuracy/test", row.testAccuracy), ("nnz/total", Double(row.nnz)),
    ]
    for (layer, count) in counts.enumerated() {
      let (inputs, outputs) = network.shape(of: layer)
      scalars.append(("nnz/layer_\(layer + 1)", Double(count.survivors)))
      scalars.append(("sparsity/layer_\(layer + 1)", 1 - Double(count.survivors) / Double(inputs * outputs)))
    }
    var histograms: [(tag: String, value: Histogram)] = []
    if histogramInterval > 0, isLast || row.epoch % histogramInterval == 0 {
      for (layer, matrix) in try state().weights.enumerated() {
        histograms.append(("weights/layer_\(layer + 1)", Histogram(matrix.values, excludesZeros: true)))
      }
    }
    try events.write(step: row.epoch, scalars: scalars, histograms: histograms)
  }

  /// Saves a checkpoint when one is due, beside the training.
  ///
  /// - Throws: what the last save failed with, a full disk among others.
  func saveIfDue(_ history: RunHistory, state: () throws -> ModelState) throws {
    try rethrow()
    let spent = outcome.cost.withLock { $0 }
    guard ContinuousClock.now - lastSave >= spent * Self.pace, pending.wait(timeout: .now()) == .success
    else {
      return
    }
    let start = ContinuousClock.now
    let checkpoint = RunCheckpoint(state: try state(), history: history, eventsLength: events.length)
    try events.synchronize()
    let reading = ContinuousClock.now - start
    lastSave = .now
    let (folder, rows, outcome, pending) = (folder, history.rows, outcome, pending)
    pending.enter()
    writer.async {
      defer { pending.leave() }
      let start = ContinuousClock.now
      do {
        try folder.checkpoint.save(checkpoint.file)
        try Self.writeTables(rows, to: folder)
      } catch {
        outcome.failure.withLock { $0 = error }
      }
      outcome.cost.withLock { $0 = reading + (ContinuousClock.now - start) }
    }
  }

  /// Writes the run's final files.
  func finish(_ history: RunHistory, state: ModelState, network: Network) throws {
    pending.wait()
    try rethrow()
    try events.synchronize()
    try Self.writeTables(history.rows, to: folder)
    try state.weightsFile(metadata: network.fileMetadata).write(to: folder.model)
  }

  /// Writes the tables of a run that cannot go on, up to its last good epoch.
  func abandon(_ history: RunHistory) throws {
    try settle()
    try events.synchronize()
    try Self.writeTables(history.rows, to: folder)
  }

  /// Waits for a checkpoint under way; with what failed, if it did.
  func settle() throws {
    pending.wait()
    try rethrow()
  }

  private func rethrow() throws { if let error = outcome.failure.withLock({ $0 }) { throw error } }

  private static func writeTables(_ rows: [MetricsRow], to folder: RunFolder) throws {
    try MetricsRow.write(rows, to: folder.metrics)
    try NumpyFile.write(rows.map(\.trainAccuracy), to: folder.trainAccuracy)
    try NumpyFile.write(rows.map(\.testAccuracy), to: folder.testAccuracy)
  }
}
