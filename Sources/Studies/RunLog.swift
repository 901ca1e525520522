import Files
import Glibc
import GraphExec
import ModelFiles
import StudyFiles
import TensorBoard

/// Writes what a run leaves behind: tables, TensorBoard events, and by its saver the checkpoints.
final class RunLog {
  private let folder: RunFolder
  private let histogramInterval: Int
  private let slots: [String]
  /// The learning rate of the last step of an epoch; nil where the run takes none.
  private let learningRate: (_ epoch: Int) -> Float?
  private let events: TensorBoardWriter
  /// What keeps the run's last epoch.
  let saver: RunSaver

  /// Starts the files of a run, or continues them at a checkpoint.
  ///
  /// - Parameters:
  ///   - slots: the names of the optimizer's slots.
  ///   - learningRate: that of the last step of an epoch; nil where the run takes none.
  ///   - claim: the right to write them.
  ///   - warning: told when events had to be made anew.
  init(
    _ folder: RunFolder, of network: Network, slots: [String], histogramInterval: Int,
    learningRate: @escaping (_ epoch: Int) -> Float?, resuming checkpoint: RunCheckpoint?,
    claim: RunClaim, warning: (String) -> Void
  ) throws {
    self.folder = folder
    self.slots = slots
    self.histogramInterval = histogramInterval
    self.learningRate = learningRate
    saver = RunSaver(
      folder, of: network, slots: slots, savedEpoch: checkpoint?.history.rows.count ?? 0, claim: claim)
    try FileSystem.createFolder(folder.path)
    AtomicFile.removeLeftovers(of: folder.files)
    if let checkpoint {
      events = try Self.events(
        folder, of: checkpoint, learningRate: learningRate, isShared: claim.isShared, warning: warning)
    } else {
      events = try TensorBoardWriter(creating: folder.events)
    }
  }

  /// The events up to a checkpoint; where they are gone or damaged, those that its numbers give.
  private static func events(
    _ folder: RunFolder, of checkpoint: RunCheckpoint, learningRate: (_ epoch: Int) -> Float?,
    isShared: Bool, warning: (String) -> Void
  ) throws -> TensorBoardWriter {
    let problem: String
    do {
      return try TensorBoardWriter(
        resuming: folder.events, at: checkpoint.eventsLength, inNewFile: isShared)
    } catch let error as FileError where error.code == ENOENT {
      problem = "\(folder.events) is gone"
    } catch let error as FileFormatError {
      problem = error.description
    }
    warning(
      "\(problem); it is made anew, for epochs 1 to \(checkpoint.history.rows.count) without histograms and the "
        + "layers' counts")
    let events = try TensorBoardWriter(creating: folder.events)
    for row in checkpoint.history.rows {
      try events.write(step: row.epoch, scalars: scalars(row, learningRate: learningRate(row.epoch)))
    }
    return events
  }

  private static func scalars(_ row: MetricsRow, learningRate: Float?) -> [(tag: String, value: Double)] {
    (learningRate.map { [("learning_rate", Double($0))] } ?? []) + [
      ("loss/train", row.trainLoss), ("loss/test", row.testLoss), ("accuracy/train", row.trainAccuracy),
      ("accuracy/test", row.testAccuracy), ("nnz/total", Double(row.nnz)),
    ]
  }

  /// Logs an epoch to TensorBoard; weights are read from the device only when a histogram is due.
  func logEpoch(
    _ row: MetricsRow, isLast: Bool, counts: [LayerCount], network: Network, state: () throws -> ModelState
  ) throws {
    try saver.check()
    var scalars = Self.scalars(row, learningRate: learningRate(row.epoch))
    for weight in network.weights {
      let survivors = Double(counts[weight.index].survivors)
      scalars.append(("nnz/\(network.tag(weight))", survivors))
      scalars.append(("sparsity/\(network.tag(weight))", 1 - survivors / Double(network[weight].count)))
    }
    var histograms: [(tag: String, value: Histogram)] = []
    if histogramInterval > 0, isLast || row.epoch % histogramInterval == 0 {
      let state = try state()
      for weight in network.weights {
        histograms.append(
          ("weights/\(network.tag(weight))", Histogram(state[weight].value.values, excludesZeros: true)))
      }
    }
    try events.write(step: row.epoch, scalars: scalars, histograms: histograms)
  }

  /// Keeps the epoch that was just logged, when that is due.
  ///
  /// - Throws: what saving the last one failed with, a full disk among others.
  func keepIfDue(_ history: RunHistory, form: any RunForm) throws {
    try saver.keepIfDue(history, eventsLength: events.length, form: form)
  }

  /// Keeps the epoch that was just logged, unless it is kept already.
  func keep(_ history: RunHistory, form: any RunForm) throws {
    guard saver.keptEpoch < history.rows.count else { return }
    try saver.keep(history, eventsLength: events.length, form: form)
  }

  /// Writes the run's final files.
  ///
  /// - Parameters:
  ///   - metadata: what the model file says of its network and its training.
  ///   - keepsOptimizer: whether the run may be trained for more epochs later.
  func finish(
    _ history: RunHistory, state: ModelState, of network: Network, metadata: [String: String],
    keepsOptimizer: Bool
  ) throws {
    try saver.settle()
    try events.synchronize()
    try folder.writeTables(history.rows)
    try state.file(of: network, metadata: metadata).write(to: folder.model)
    // After the model that it belongs to.
    if keepsOptimizer {
      try RunCheckpoint(state: state, history: history, eventsLength: events.length)
        .optimizerFile(of: network, slots: slots)
        .write(to: folder.optimizer)
    }
  }

  /// Writes the tables of a run that cannot go on, up to its last good epoch.
  func abandon(_ history: RunHistory) throws {
    try saver.settle()
    try events.synchronize()
    try folder.writeTables(history.rows)
  }
}

extension Network {
  /// A weight's name in TensorBoard's tags.
  fileprivate func tag(_ weight: ParameterID) -> String { self[weight].label.replacing(" ", with: "_") }
}

extension RunFolder {
  /// Writes the tables of a run's epochs.
  func writeTables(_ rows: [MetricsRow]) throws {
    try MetricsRow.write(rows, to: metrics)
    try writeAccuracies(rows)
  }

  /// Writes the vectors of a run's accuracies, an entry for each epoch.
  func writeAccuracies(_ rows: [MetricsRow]) throws {
    try NumpyFile.write(rows.map(\.trainAccuracy), to: trainAccuracy)
    try NumpyFile.write(rows.map(\.testAccuracy), to: testAccuracy)
  }
}
