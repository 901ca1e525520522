import Backends
import Configs
import Device
import GraphExec
import Pruning
import Timing

/// The crossover: what a training step and inference take in each format, over densities, on the challenge's network.
package final class FormatBench {
  /// A form of a pruned network.
  package enum Form: String, Sendable, CaseIterable {
    /// Nothing pruned: what the others are compared with.
    case dense
    /// Pruned entries are zeros under a mask.
    case masked
    /// Surviving entries only, each by itself; every unit kept.
    case sparse
    /// The same, with rows and columns together that blocks make alike.
    case blocks
    /// Dead units removed; what is pruned in the others is masked.
    case compacted
    /// What a study would choose.
    case auto
  }

  /// What one form took.
  package struct Result: Sendable, Encodable {
    package let strategy: String
    package let sparsity: Double
    package let density: Double
    package let form: String
    package let layers: [Int]
    package let formats: [String]
    package let secondsPerStep: Double
    package let inferenceSeconds: Double
    /// Against the dense network in the same round, the median.
    package let stepRatio: Double
    package let inferenceRatio: Double
  }

  /// Everything measured on a device.
  package struct Report: Sendable, Encodable {
    package let bench: String
    package let device: BenchDevice
    package let rounds: Int
    package let batch: Int
    /// Images of an inference.
    package let images: Int
    package let results: [Result]
  }

  private struct Entry {
    /// `auto` shares the entry of another form where it chooses that.
    var forms: [Form]
    let model: any Model
    var steps: [Double] = []
    var inferences: [Double] = []
  }

  /// The sparsities measured.
  package static let sparsities = [0.25, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99]
  private static let steps = 8
  private static let subject = BenchSubject.challenge
  private let backend: any Backend
  private let costs: LayerCosts?
  private let units: [PruningUnit]
  private let rounds: Int
  private let set: any ResidentSet
  private let dense: any Model

  /// Opens the device and builds the dense network.
  ///
  /// - Parameter units: what is pruned.
  /// - Throws: `DeviceNotFound`, `KernelBuildFailure`, `OpenCLError`, `OutOfDeviceMemory`.
  package init(device: String, sources: KernelSources = .embedded, units: [PruningUnit], rounds: Int) throws {
    self.units = units
    self.rounds = rounds
    backend = try BackendChoice.open(device, sources: sources)
    costs = try CostStore(backend, batchSize: Self.subject.batch)?.costs(
      of: Self.subject.network, blocks: Set(units.map { SparseBlocks($0) }))
    set = try backend.upload(
      ModelBench.images(Self.steps * Self.subject.batch, of: Self.subject.network.inputs))
    dense = try BenchNetwork().model(backend)
    _ = try BenchNetwork().prepare(dense, on: backend, seed: 1)
    _ = try (stepSeconds(dense), inferenceSeconds(dense))
  }

  /// Measures every point: its forms take turns, so that what else the machine does falls on all.
  ///
  /// - Parameter progress: called before each point with what it is.
  package func run(progress: (String) -> Void = { _ in }) throws -> Report {
    var results: [Result] = []
    for unit in units {
      for sparsity in Self.sparsities {
        progress("\(unit.name) pruning, sparsity \(sparsity)")
        results += try measure(unit, sparsity)
      }
    }
    return Report(
      bench: "formats", device: BenchDevice(backend.summary), rounds: rounds,
      batch: Self.subject.batch,
      images: set.count, results: results)
  }

  private func measure(_ unit: PruningUnit, _ sparsity: Double) throws -> [Result] {
    let state = try prunedState(unit, sparsity)
    var entries = [Entry(forms: [.dense], model: dense)]
    for form in Form.allCases where form != .dense {
      guard let model = try model(form, unit, state) else { continue }
      if let twin = entries.firstIndex(where: { $0.model.specification == model.specification }) {
        entries[twin].forms.append(form)
        continue
      }
      _ = try (stepSeconds(model), inferenceSeconds(model))
      entries.append(Entry(forms: [form], model: model))
    }
    for _ in 0..<rounds {
      for index in entries.indices {
        entries[index].steps.append(try stepSeconds(entries[index].model))
        entries[index].inferences.append(try inferenceSeconds(entries[index].model))
      }
    }
    let survivors = state.masks.reduce(0) { $0 + $1.reduce(0) { $0 + Int($1) } }
    let density = Double(survivors) / Double(Self.subject.network.parameterCount)
    return entries.flatMap { entry in
      let specification = entry.model.specification
      return entry.forms.map { form in
        Result(
          strategy: unit.name, sparsity: sparsity, density: density, form: form.rawValue,
          layers: specification.network.widths,
          formats: specification.formatNames(original: Self.subject.network),
          secondsPerStep: Measurement.median(entry.steps),
          inferenceSeconds: Measurement.median(entry.inferences),
          stepRatio: Self.ratio(entry.steps, entries[0].steps),
          inferenceRatio: Self.ratio(entry.inferences, entries[0].inferences))
      }
    }
  }

  /// The median of the rounds' ratios: what slows a round down slows both.
  private static func ratio(_ own: [Double], _ dense: [Double]) -> Double {
    Measurement.median(zip(own, dense).map { $0 / $1 })
  }

  /// The challenge's network, pruned at its initial weights.
  private func prunedState(_ unit: PruningUnit, _ sparsity: Double) throws -> ModelState {
    let network = BenchNetwork(pruning: (unit, sparsity), format: .dense)
    return try network.prepare(network.model(backend), on: backend, seed: 1).state()
  }

  /// The state in a form; nil where the backend or the state has no such form.
  private func model(_ form: Form, _ unit: PruningUnit, _ state: ModelState) throws -> (any Model)? {
    let whole = Self.subject.network
    let compaction = Compaction(network: whole, masks: state.masks)
    let isSparse = form == .sparse || form == .blocks
    let keepsUnits = form == .masked || isSparse
    if form == .compacted && compaction.isIdentity { return nil }
    if isSparse && !backend.executesSparse { return nil }
    if form == .blocks && SparseBlocks(unit) == .entries { return nil }
    let network = keepsUnits ? whole : compaction.compacted
    let own = keepsUnits ? state : compaction.compact(state)
    let choice = FormatChoice(
      isSparse ? .sparse : .auto, costs: isSparse || form == .auto ? costs : nil)
    let ways: [Form: SparseForms] = [.sparse: .entries, .blocks: .blocks]
    let device = ways[form].flatMap { (backend as? OpenCLBackend)?.running($0) } ?? backend
    let model = try device.makeModel(
      ModelSpecification(
        network: network, batchSize: Self.subject.batch,
        formats: choice.formats(of: network, original: whole, masks: own.masks)))
    try model.load(own)
    return model
  }

  private func stepSeconds(_ model: any Model) throws -> Double {
    let order = (0..<Int32(set.count)).map { $0 }
    return try Measurement.seconds { _ = try model.trainEpoch(on: set, order: order) } / Double(Self.steps)
  }

  private func inferenceSeconds(_ model: any Model) throws -> Double {
    try Measurement.seconds { _ = try model.evaluate(on: set) }
  }
}
