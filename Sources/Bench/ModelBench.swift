import Backends
import Device
import Foundation
import GraphExec
import Pruning
import Timing

/// Whole training steps, or inference, of one or several models at once on one device.
package final class ModelBench {
  /// What is measured.
  package enum Work: Sendable {
    /// Training steps with full batches.
    case step
    /// Forward passes over this many images, to their results on the host, in batches of no more than there are.
    case inference(images: Int)
  }

  /// Everything measured on a device.
  package struct Report: Sendable, Encodable {
    package let bench: String
    package let device: BenchDevice
    package let rounds: Int
    package let models: Int
    package let batch: Int
    package let strategy: String?
    package let sparsity: Double
    /// The mean loss that the networks were trained to before; nil for fresh ones.
    package let loss: Double?
    /// The network that runs, and the format of each of its layers.
    package let layers: [Int]
    package let formats: [String]
    /// From nothing to a model with every kernel built and run once; the data set is not part of it.
    package let kernelsReadySeconds: Double
    /// Images of a round, for each model.
    package let images: Int
    /// Of a round, the median.
    package let seconds: Double
    /// Of a round, too: what the process's threads worked, in user and system mode. With a GPU that is the host's work,
    /// with a CPU device the device's as well.
    package let processorSeconds: Double
    /// Of a training step of each model; nil for inference.
    package let secondsPerStep: Double?
    /// Of all models together.
    package let imagesPerSecond: Double
    /// Useful operations of the matmuls.
    package let gflops: Double
    /// Nil on the CPU backend.
    package let peakGflops: Double?
    /// Of inference: what the driver takes to launch next to nothing and read it; nil on the CPU backend.
    package let emptyLaunchSeconds: Double?
    package let shareOfPeak: Double?
    /// The most memory that the process has held.
    package let residentBytes: Int
    /// Memory in use on the device.
    package let deviceBytes: Int
  }

  /// Steps of a round; where entries are replaced, from one time to the next, as RigL has it.
  private static func steps(of network: BenchNetwork) -> Int { network.regrowth == nil ? 24 : 100 }
  /// The share of the entries that are replaced at a time, RigL's at the beginning.
  private static let replaced = 0.3
  private var steps: Int { Self.steps(of: network) }
  private let work: Work
  private let network: BenchNetwork
  private let backend: any Backend
  private let models: [any Model]
  private let set: any ResidentSet
  /// The entries of every model, where some are replaced.
  private let topology: DynamicTopology?
  private let peak: PeakMeasurement?
  private let empty: LaunchMeasurement?
  private let kernelsReady: Double
  private let loss: Double?
  private var seconds: [Double] = []
  private var worked: [Double] = []
  private var peaks: [Double] = []
  private var launches: [Double] = []

  /// Opens the device, builds the models and warms them up.
  ///
  /// - Throws: `DeviceNotFound`, `KernelBuildFailure`, `OpenCLError`, `OutOfDeviceMemory`; `NotFitted`.
  package init(
    _ work: Work, device: String, sources: KernelSources = .embedded, network: BenchNetwork = BenchNetwork(),
    models count: Int = 1
  ) throws {
    self.work = work
    var network = network
    if case .inference(let images) = work {
      network.trains = false
      network.batchSize = min(images, network.batch)
    }
    self.network = network
    var made: [any Model] = []
    var opened: (any Backend)?
    kernelsReady = try Measurement.seconds {
      let backend = try BackendChoice.open(device, sources: sources)
      opened = backend
      made.append(try network.model(backend))
    }
    guard let backend = opened else { preconditionFailure("opened above") }
    self.backend = backend
    for _ in 1..<max(count, 1) { made.append(try network.model(backend)) }
    models = try made.enumerated().map {
      try network.prepare($1, on: backend, seed: UInt64($0 + 1))
    }
    topology =
      network.regrowth == nil
      ? nil
      : DynamicTopology(
        masks: try models[0].state().masks, network: models[0].specification.network,
        executesSparse: backend.executesSparse)
    let images: Int
    switch work {
    case .step: images = Self.steps(of: network) * network.batch
    case .inference(let count): images = count
    }
    // Few different images are fitted soon.
    set = try backend.upload(
      Self.images(
        images, different: network.fittedTo == nil ? images : network.batch,
        of: network.subject.network.inputs))
    loss = try network.fittedTo.map { [models, set] target in
      try models.map { try Self.fit($0, to: set, loss: target) }.max() ?? .nan
    }
    peak = try (backend as? OpenCLBackend).map { try PeakMeasurement($0.context) }
    empty =
      if case .inference = work {
        try (backend as? OpenCLBackend).map { try LaunchMeasurement($0.context) }
      } else { nil }
    _ = try run()
  }

  /// Steps after that in which moments decay to numbers as small as those of a long training, denormal ones too.
  private static let decaySteps = 720

  /// Trains a model until its mean loss is under `target`, and on until its moments have decayed; returns the loss.
  private static func fit(_ model: any Model, to set: any ResidentSet, loss target: Double) throws -> Double {
    let order = (0..<Int32(set.count)).map { $0 }
    var loss = Double.infinity
    for _ in 0..<200 {
      loss = try model.trainEpoch(on: set, order: order).meanLoss
      if loss < target {
        for _ in 0..<decaySteps / (set.count / model.specification.batchSize) {
          loss = try model.trainEpoch(on: set, order: order).meanLoss
        }
        return loss
      }
    }
    throw NotFitted(loss: loss, target: target)
  }

  /// Random bytes and labels, of which the first `different` images are repeated.
  private static func images(_ count: Int, different: Int, of size: Int) -> HostImages {
    let images = images(min(count, different), of: size)
    guard case .bytes(let bytes) = images.features, count > images.count else { return images }
    let places = (0..<count).map { $0 % images.count }
    return HostImages(
      features: .bytes(places.flatMap { bytes[$0 * images.size..<($0 + 1) * images.size] }),
      labels: places.map { images.labels[$0] }, size: images.size)
  }

  /// Random bytes and labels: the arithmetic does not depend on them.
  static func images(_ count: Int, of size: Int) -> HostImages {
    var random = SplitMix64(seed: 1, stream: 9)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count * size)
    while bytes.count < count * size {
      let word = random.next()
      for shift in stride(from: UInt64(0), to: 64, by: 8) where bytes.count < count * size {
        bytes.append(UInt8(truncatingIfNeeded: word >> shift))
      }
    }
    let labels = (0..<count).map { _ in UInt8.random(in: 0..<10, using: &random) }
    return HostImages(features: .bytes(bytes), labels: labels, size: size)
  }

  /// Measures once more.
  package func round() throws {
    if let peak { peaks.append(try peak.flopsPerSecond()) }
    if let empty { launches.append(try empty.seconds()) }
    let time = try run()
    seconds.append(time.seconds)
    worked.append(time.worked)
  }

  /// Seconds of a round, all models at once, and those that the process worked.
  private func run() throws -> (seconds: Double, worked: Double) {
    if case .inference = work, models.count == 1 { return try latency(of: models[0]) }
    let order = (0..<Int32(set.count)).map { $0 }
    let failure = FirstFailure()
    let time = Measurement.secondsAndWork {
      let group = DispatchGroup()
      for model in models {
        group.enter()
        Thread.detachNewThread { [work, set, topology] in
          defer { group.leave() }
          do {
            switch work {
            case .step:
              _ = try model.trainEpoch(on: set, order: order) { step in
                guard step == 0, let topology else { return .update }
                return try model.enqueueTopology(
                  topology.events(replacing: Self.replaced, beforeStep: 1), on: set,
                  images: Array(order.prefix(model.specification.batchSize)))
              }
            case .inference: _ = try model.outputs(of: set)
            }
          } catch {
            failure.set(error)
          }
        }
      }
      group.wait()
    }
    if let error = failure.error { throw error }
    return time
  }

  /// The median seconds of a model's forward passes; a single one may take less than the clock, or a thread's start, shows.
  private func latency(of model: any Model) throws -> (seconds: Double, worked: Double) {
    var times: [Double] = []
    let all = try Measurement.secondsAndWork {
      while times.isEmpty || times.count < 200 && times.reduce(0, +) < 0.05 {
        times.append(try Measurement.seconds { _ = try model.outputs(of: set) })
      }
    }
    return (Measurement.median(times), all.worked / Double(times.count))
  }

  /// The medians of all rounds.
  package var report: Report {
    let median = Measurement.median(seconds)
    let images = Double(set.count * models.count)
    let isStep: Bool
    let flops: Double
    switch work {
    case .step:
      isStep = true
      flops = models.reduce(0) { $0 + $1.matmulFlopsPerStep } * Double(steps)
    case .inference:
      isStep = false
      flops = models.reduce(0) { $0 + $1.matmulFlopsPerImage } * Double(set.count)
    }
    let peak = peaks.isEmpty ? nil : Measurement.median(peaks)
    let specification = models[0].specification
    let weights = specification.network.weights
    return Report(
      bench: isStep ? "step" : "inference", device: BenchDevice(backend.summary), rounds: seconds.count,
      models: models.count, batch: network.batch, strategy: network.pruning?.unit.name,
      sparsity: network.pruning?.sparsity ?? 0, loss: loss, layers: specification.network.widths,
      formats: weights.map { specification.format($0).name }, kernelsReadySeconds: kernelsReady,
      images: set.count,
      seconds: median, processorSeconds: Measurement.median(worked),
      secondsPerStep: isStep ? median / Double(steps) : nil,
      imagesPerSecond: images / median, gflops: flops / median / 1e9, peakGflops: peak.map { $0 / 1e9 },
      emptyLaunchSeconds: launches.isEmpty ? nil : Measurement.median(launches),
      shareOfPeak: peak.map { flops / median / $0 }, residentBytes: Measurement.peakResidentBytes,
      deviceBytes: backend.memory.used)
  }
}

/// A network that does not come to fit the images it is measured with.
struct NotFitted: Error, CustomStringConvertible {
  let loss: Double
  let target: Double

  var description: String {
    "after 200 epochs the loss is \(loss), not below \(target); give a lower --sparsity"
  }
}

/// The first error of several threads.
private final class FirstFailure: @unchecked Sendable {
  // @unchecked: the lock guards the error.
  private let lock = NSLock()
  private var first: (any Error)?

  func set(_ error: any Error) { lock.withLock { if first == nil { first = error } } }
  var error: (any Error)? { lock.withLock { first } }
}
