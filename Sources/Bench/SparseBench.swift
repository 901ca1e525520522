import Device
import GraphExec
import Timing

/// The products of layers in CSR, one by one, in the shapes that SparseLab and SparseProp (Nikdan et al. 2023) publish.
package final class SparseBench {
  /// What a product reached.
  package struct Result: Sendable, Encodable {
    package let pass: String
    package let inputs: Int
    package let outputs: Int
    package let batch: Int
    /// Entries of the weight.
    package let entries: Int
    package let seconds: Double
    /// Operations on entries that are there; the update is not counted.
    package let gflops: Double
  }

  /// Everything measured on a device.
  package struct Report: Sendable, Encodable {
    package let bench = "sparse"
    package let device: BenchDevice
    package let rounds: Int
    package let sparsity: Double
    package let results: [Result]

    private enum CodingKeys: CodingKey { case bench, device, rounds, sparsity, results }
  }

  /// Outputs, inputs and columns of activations.
  private static let shapes = [(384, 1536, 2048), (640, 2560, 1024), (768, 3072, 902)]

  private struct Entry {
    let pass: MatmulPass
    let inputs: Int
    let outputs: Int
    let batch: Int
    let entries: Int
    var launch: TimedLaunch
  }

  private let backend: OpenCLBackend
  private let sparsity: Double
  private let queue: CommandQueue
  private var entries: [Entry] = []
  private var rounds = 0

  /// Reserves the operands, builds the kernels and warms them up.
  ///
  /// - Parameter sparsity: the share of the entries that is not there, at random places.
  /// - Throws: `KernelBuildFailure`, `OpenCLError`, `OutOfDeviceMemory`.
  package init(_ backend: OpenCLBackend, sparsity: Double) throws {
    self.backend = backend
    self.sparsity = sparsity
    queue = try CommandQueue(backend.context)
    for (outputs, inputs, batch) in Self.shapes { try add(inputs, outputs, batch) }
  }

  private func add(_ inputs: Int, _ outputs: Int, _ batch: Int) throws {
    let config = backend.config(batchSize: batch)
    let stride = config.stride(forBatch: batch)
    var random = SplitMix64(seed: UInt64(inputs), stream: 4)
    let mask = (0..<inputs * outputs).map { _ in
      UInt8(Double.random(in: 0..<1, using: &random) < sparsity ? 0 : 1)
    }
    let pattern = SparsePattern(mask: mask, rows: inputs, columns: outputs)
    func buffer<T: BitwiseCopyable>(_ name: String, _ values: [T]) throws -> DeviceBuffer {
      let buffer = try DeviceBuffer(backend.context, name: name, byteCount: values.count * 4)
      try queue.write(values, to: buffer)
      return buffer
    }
    func floats(_ count: Int) -> [Float] {
      (0..<count).map { _ in Float.random(in: -0.5..<0.5, using: &random) }
    }
    let weight = LayerWeight(ParameterID(0), label: "layer", inputs: inputs, outputs: outputs)
    let (x, y, dY) = (
      BufferID.tensor(TensorID(0)), BufferID.tensor(TensorID(1)), BufferID.tensor(TensorID(2))
    )
    var buffers: [BufferID: DeviceBuffer] = [
      x: try buffer("X", floats(inputs * stride)), y: try buffer("Y", floats(outputs * stride)),
      dY: try buffer("dY", floats(outputs * stride)), .state: try buffer("state", StepState().words),
    ]
    for part in [ParameterPart.value] + Adam().slotParts {
      buffers[.parameter(weight.id, part)] = try buffer("\(part)", floats(pattern.count))
    }
    let structure = SparseStructure(pattern)
    for part in SparseStructure.parts {
      buffers[.parameter(weight.id, part)] = try buffer("\(part)", structure[part] ?? [])
    }
    let launches = SparseLaunches(weight, pattern: pattern, stride: stride, config: config)
    let products: [(MatmulPass, Launch)] = [
      (.forward, launches.forward(x, to: y, bias: nil, relu: false)),
      (.weightGradient, launches.update(x, dY)),
    ]
    for (pass, launch) in products {
      entries.append(
        Entry(
          pass: pass, inputs: inputs, outputs: outputs, batch: batch, entries: pattern.count,
          launch: try TimedLaunch(
            BoundKernel(launch, buffers: buffers, in: backend.context), on: queue, sample: 0.02)))
    }
  }

  /// Measures each product once more.
  package func round() throws {
    rounds += 1
    for index in entries.indices { try entries[index].launch.measure() }
  }

  /// The medians of all rounds.
  package var report: Report {
    Report(
      device: BenchDevice(backend.summary), rounds: rounds, sparsity: sparsity,
      results: entries.map { entry in
        let seconds = entry.launch.median
        return Result(
          pass: entry.pass.rawValue, inputs: entry.inputs, outputs: entry.outputs, batch: entry.batch,
          entries: entry.entries, seconds: seconds,
          gflops: 2 * Double(entry.entries) * Double(entry.batch) / seconds / 1e9)
      })
  }
}
