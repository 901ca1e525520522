import Backends
import Files
import GraphExec
import ModelEvaluation
import ModelFiles
import Pruning
import Studies
import StudyFiles
import Text

/// A search for a smaller network that is nearly as good: candidates are pruned and trained from each other, measured on
/// this device, and chosen by held-out images.
///
/// First each group of units is pruned alone, to see which the network can spare. Then units go, as many of each group as
/// that, or a global criterion, allows, further and further, each time from the smallest network that was good enough; then
/// weights of the best. What failed by little is trained for longer. A network with the same share of every group's units is
/// trained beside it, to show what the choice is worth.
package final class ShrinkSearch {
  let original: StoredModel
  let settings: ShrinkSettings
  let data: ShrinkData
  let backend: any Backend
  let trainer: CandidateTrainer
  package let folder: ShrinkFolder
  private let lock: StudyLock
  private let say: (String) -> Void
  private let start = ContinuousClock.now
  private let earlier: Double
  /// Whether the original finds the class of each held-out image.
  private var found: [Bool] = []
  /// What was tried, in its order.
  package internal(set) var rows: [ShrinkRow] = []
  /// What an earlier part of the search tried.
  private let kept: [ShrinkRow]
  var sensitivity: UnitSensitivity?

  /// Opens the folder of a search, a new one or one that was begun with the same settings.
  ///
  /// - Parameters:
  ///   - asked: what the search is asked for, and the digest of its data: it goes on only where that is the same.
  ///   - say: told of each step.
  /// - Throws: `StudyLockedError`, `FileFormatError`, `FileError`.
  package init(
    _ original: StoredModel, asked: JSONValue, settings: ShrinkSettings, data: ShrinkData,
    backend: any Backend,
    folder: ShrinkFolder, signal: StopSignal, say: @escaping (String) -> Void
  ) throws {
    (self.original, self.settings, self.data, self.backend) = (original, settings, data, backend)
    (self.folder, self.say) = (folder, say)
    trainer = CandidateTrainer(settings: settings, data: data, backend: backend, signal: signal)
    try FileSystem.createFolder(folder.path)
    lock = try StudyLock(folder: folder.path)
    try folder.begin(asked)
    let before = FileSystem.exists(folder.candidates) ? try ShrinkRow.read(folder.candidates) : []
    if FileSystem.exists(folder.model("original")) {
      let known = try StoredModel.read(folder.model("original"))
      guard known.original == original.original, known.state == original.state else {
        throw FileFormatError(folder.path, "holds the search of another model; choose another --output")
      }
    }
    kept = before
    earlier = before.reduce(0) { $0 + $1.seconds }
  }

  /// Seconds that are left.
  var remaining: Double { settings.seconds - earlier - (ContinuousClock.now - start).seconds }

  /// What a row is about, in the unit of the target: the less the better.
  package func metric(_ row: ShrinkRow) -> Double {
    switch settings.target {
    case .size: Double(row.diskBytes)
    case .inference: row.inferenceSeconds
    case .training: row.stepSeconds
    }
  }

  /// The best network within the drop; the original where there is no other.
  package var best: ShrinkRow? {
    rows.filter { $0.isWithin && $0.kind != "uniform" }.min { metric($0) < metric($1) }
  }

  /// The network of a row.
  func model(_ row: ShrinkRow) throws -> StoredModel { try StoredModel.read(folder.model(row.name)) }

  /// Tries a network, or takes what is known of it from an earlier part of the search.
  ///
  /// - Parameter make: makes it, and tells the seconds of a training step.
  @discardableResult
  func attempt(
    _ name: String, _ kind: String, parent: ShrinkRow?, epochs: Int,
    _ make: () throws -> CandidateTrainer.Outcome
  ) throws -> ShrinkRow {
    if let row = kept.first(where: { $0.name == name }), FileSystem.exists(folder.model(name)) {
      rows.append(row)
      if kind == "original" { found = try correct(model(row)) }
      say("\(name): done before")
      return row
    }
    let began = ContinuousClock.now
    let outcome = try make()
    let steps = (parent?.steps ?? 0) + epochs * trainer.stepsPerEpoch
    var row = try measure(
      outcome, ShrinkRow.Identity(name: name, kind: kind, parent: parent?.name ?? "", steps: steps))
    row.seconds = (ContinuousClock.now - began).seconds
    try outcome.model.file.write(to: folder.model(name))
    rows.append(row)
    try ShrinkRow.write(rows + rest, to: folder.candidates)
    say(describe(row))
    return row
  }

  /// What was tried before and has not been come to again, as where the time is used up.
  var rest: [ShrinkRow] {
    kept.filter { row in
      !rows.contains { $0.name == row.name } && FileSystem.exists(folder.model(row.name))
    }
  }

  private func measure(_ outcome: CandidateTrainer.Outcome, _ identity: ShrinkRow.Identity) throws
    -> ShrinkRow
  {
    let stored = outcome.model
    let inference = try Inference(stored, on: backend, batchSize: Evaluation.batchSize)
    let own = try correct(inference)
    if found.isEmpty { found = own }
    let count = Double(own.count)
    let worse = zip(found, own).count { $0 && !$1 }
    let better = zip(found, own).count { !$0 && $1 }
    let drop = Double(worse - better) / count
    // Of the difference of two networks on the same images: only those count on which they differ.
    let error = (Double(worse + better) / (count * count)).squareRoot()
    let network = stored.network
    let masks = stored.parameters.map(\.mask)
    return ShrinkRow(
      name: identity.name, kind: identity.kind, parent: identity.parent,
      accuracy: Double(own.count { $0 }) / count, drop: drop, dropError: error,
      isWithin: drop + error <= settings.maximumDrop || identity.kind == "original",
      inferenceSeconds: try inference.leastLatency(
        of: data.heldOut.set, budget: .milliseconds(300)
      ).seconds,
      stepSeconds: outcome.stepSeconds,
      diskBytes: stored.file.byteCount,
      macs: network.weights.reduce(0) { sum, weight in
        sum + masks[weight.index].count { $0 != 0 } * network.shapes[network.layer(of: weight)].pixels
      },
      survivors: stored.survivors, steps: identity.steps, seconds: 0,
      widths: network.widths.map(String.init).joined(separator: "-"))
  }

  /// Whether a network finds the class of each held-out image.
  private func correct(_ stored: StoredModel) throws -> [Bool] {
    try correct(Inference(stored, on: backend, batchSize: Evaluation.batchSize))
  }

  private func correct(_ inference: Inference) throws -> [Bool] {
    try Self.correct(inference.outputs(of: data.heldOut.set), data.heldOut.labels, classes: data.classes)
  }

  /// Whether the largest output is that of the image's class, the lower one among equals.
  static func correct(_ outputs: [Float], _ labels: [UInt8], classes: Int) -> [Bool] {
    labels.indices.map { image in
      let own = outputs[image * classes..<(image + 1) * classes]
      return own.max().flatMap { own.firstIndex(of: $0) } == image * classes + Int(labels[image])
    }
  }

  func tell(_ text: String) { say(text) }

  private func describe(_ row: ShrinkRow) -> String {
    let faster = rows.first.map { $0.inferenceSeconds / row.inferenceSeconds } ?? 1
    let smaller = rows.first.map { Double($0.diskBytes) / Double(row.diskBytes) } ?? 1
    func number(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }
    guard row.kind != "original" else {
      return
        "\(row.name): held-out \(number(row.accuracy * 100))%, \(number(row.inferenceSeconds * 1000)) ms, \(row.diskBytes) bytes"
    }
    return
      "\(row.name): held-out \(number(row.accuracy * 100))%, \(number(row.drop * 100)) ± \(number(row.dropError * 100)) points less, "
      + "\(row.isWithin ? "within" : "beyond") the drop; \(number(faster))x as fast, \(number(smaller))x smaller"
  }
}

extension ShrinkRow {
  /// What is known of a network before it is measured.
  struct Identity {
    let name: String
    let kind: String
    let parent: String
    let steps: Int
  }
}
