import GraphExec
import Synchronization

/// Networks on the CPU, with no OpenCL driver: matmuls by OpenBLAS, everything else plain Swift.
///
/// It runs the same graphs as the OpenCL backend, operation by operation, and agrees with it to rounding. Masks agree
/// bit for bit when the weights do.
public final class CPUBackend: Backend {
  private let blas: OpenBLAS
  /// Held while a model is made: what it asks for is taken before the next one asks.
  private let allocation = Mutex(())

  /// Creates the backend.
  ///
  /// - Throws: `OpenBLASMissing`.
  public init() throws { blas = try OpenBLAS.shared.get() }

  /// The processor, and which BLAS library runs with the kernels of which core.
  public var summary: BackendSummary {
    BackendSummary(
      name: "CPU", backend: "cpu", version: "\(blas.version), \(blas.core) kernels",
      computeUnits: blas.threads)
  }

  /// Pruned layers are executed with their zeros.
  public var executesSparse: Bool { false }

  /// The CPU backend shares the host's memory and counts none of its own.
  public var memory: (used: Int, peak: Int) { (0, 0) }

  /// Keeps the images where they are.
  public func upload(_ images: HostImages) throws -> any ResidentSet { CPUSet(images) }

  /// Reserves the arrays of the network's graph.
  ///
  /// - Throws: `OutOfHostMemory`; `GraphError`.
  public func makeModel(_ specification: ModelSpecification) throws -> any Model {
    try makeModel(specification, forward: ForwardPass(specification.network))
  }

  /// Whether it has a kernel for an operation.
  package static func runs(_ operation: any GraphExec.Operation) -> Bool { operation is any HostOperation }

  /// The same for another forward pass over the network's parameters.
  package func makeModel(_ specification: ModelSpecification, forward: ForwardPass) throws -> any Model {
    try allocation.withLock { _ in try CPUModel(specification, forward: forward, blas: blas) }
  }
}

/// An array of floats with a fixed address, so that loops over it need no copies and no checks for uniqueness.
final class HostArray {
  let values: UnsafeMutableBufferPointer<Float>

  init(count: Int) {
    values = .allocate(capacity: count)
    values.initialize(repeating: 0)
  }

  deinit { values.deallocate() }

  func copy(from source: [Float]) {
    precondition(source.count == values.count, "arrays differ in size")
    _ = values.update(from: source)
  }
}
