import Device
import GraphExec
import Timing

/// The matmuls of a training step of the challenge's network, one by one.
package final class MatmulBench {
  /// What one matmul reached.
  package struct Result: Sendable, Encodable {
    package let layer: Int
    package let pass: String
    package let inputs: Int
    package let outputs: Int
    package let batch: Int
    package let tile: String
    package let seconds: Double
    package let gflops: Double
    package let shareOfPeak: Double
  }

  /// Everything measured on a device.
  package struct Report: Sendable, Encodable {
    package let bench = "matmul"
    package let device: BenchDevice
    package let rounds: Int
    package let peakGflops: Double
    package let results: [Result]

    private enum CodingKeys: CodingKey { case bench, device, rounds, peakGflops, results }
  }

  private struct Entry {
    let layer: Int
    let pass: MatmulPass
    var launch: TimedLaunch
    let tile: String
  }

  private let backend: OpenCLBackend
  private let config: KernelConfig
  private let batch: Int
  private let network: Network
  private let queue: CommandQueue
  private let peak: PeakMeasurement
  private var entries: [Entry] = []
  private var peaks: [Double] = []

  /// Reserves the operands, builds the kernels and warms them up.
  ///
  /// - Throws: `KernelBuildFailure`, `OpenCLError`, `OutOfDeviceMemory`.
  package init(
    _ backend: OpenCLBackend, network: Network = BenchSubject.challenge.network,
    batch: Int = BenchSubject.challenge.batch
  )
    throws
  {
    self.backend = backend
    self.batch = batch
    self.network = network
    config = backend.config(batchSize: batch)
    queue = try CommandQueue(backend.context)
    peak = try PeakMeasurement(backend.context)
    for (layer, weight) in network.weights.enumerated() { try add(weight, layer: layer) }
  }

  private func add(_ weight: ParameterID, layer: Int) throws {
    let (inputs, outputs) = (network[weight].rows, network[weight].columns)
    let (stride, ldw) = (config.stride(forBatch: batch), leadingDimension(outputs))
    var random = SplitMix64(seed: UInt64(layer), stream: 3)
    func buffer(_ name: String, _ count: Int) throws -> DeviceBuffer {
      let buffer = try DeviceBuffer(backend.context, name: name, byteCount: count * 4)
      try queue.write((0..<count).map { _ in Float.random(in: -0.5..<0.5, using: &random) }, to: buffer)
      return buffer
    }
    let tensors = (0..<5).map { BufferID.tensor(TensorID($0)) }
    let (x, y, dX, dY, gradient) = (tensors[0], tensors[1], tensors[2], tensors[3], tensors[4])
    let buffers = [
      .parameter(weight, .value): try buffer("W", inputs * ldw), x: try buffer("X", inputs * stride),
      y: try buffer("Y", outputs * stride), dX: try buffer("dX", inputs * stride),
      dY: try buffer("dY", outputs * stride), gradient: try buffer("G", inputs * ldw),
    ]
    let launches = DenseLaunches(LayerWeight(weight, network[weight]), stride: stride, config: config)
    let products: [(MatmulPass, Launch)] = [
      (.forward, launches.forward(x, to: y, bias: nil, relu: false)),
      (.inputGradient, launches.inputGradient(dY, to: dX, gate: nil)),
      (.weightGradient, launches.weightGradient(x, dY, to: gradient)),
    ]
    // Nothing needs the gradient of the images.
    for (pass, launch) in products where network.needsInputGradient(weight) || pass != .inputGradient {
      let kernel = try TimedLaunch(
        BoundKernel(launch, buffers: buffers, in: backend.context), on: queue, sample: 0.01)
      entries.append(Entry(layer: layer, pass: pass, launch: kernel, tile: launch.tile))
    }
  }

  /// Measures each matmul, and the peak, once more.
  package func round() throws {
    peaks.append(try peak.flopsPerSecond())
    for index in entries.indices { try entries[index].launch.measure() }
  }

  /// The medians of all rounds.
  package var report: Report {
    let peak = Measurement.median(peaks)
    let results = entries.map { entry in
      let weight = network[network.weights[entry.layer]]
      let (inputs, outputs) = (weight.rows, weight.columns)
      let seconds = entry.launch.median
      let rate = 2 * Double(inputs) * Double(outputs) * Double(batch) / seconds
      return Result(
        layer: entry.layer + 1, pass: entry.pass.rawValue, inputs: inputs, outputs: outputs, batch: batch,
        tile: entry.tile, seconds: seconds, gflops: rate / 1e9, shareOfPeak: rate / peak)
    }
    return Report(
      device: BenchDevice(backend.summary), rounds: peaks.count, peakGflops: peak / 1e9, results: results)
  }
}
