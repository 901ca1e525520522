import Device

/// A plan's launches with their arguments bound: to a model's buffers and to one data set.
final class BoundPlan {
  let plan: Plan
  let set: OpenCLSet
  let kernels: [BoundKernel]
  let beginEpoch: BoundKernel
  let state: DeviceBuffer
  /// Where the learning rate of a step goes; nil in a plan that does not train.
  private let learningRate: (kernel: BoundKernel, index: Int)?

  init(_ plan: Plan, set: OpenCLSet, buffers: [BufferID: DeviceBuffer], in context: ComputeContext) throws {
    guard let state = buffers[.state] else { preconditionFailure("a plan without a state") }
    self.plan = plan
    self.set = set
    self.state = state
    kernels = try plan.launches.map {
      try BoundKernel($0, buffers: buffers, imageCount: set.count, in: context)
    }
    beginEpoch = try BoundKernel(BatchLaunches.beginEpoch, buffers: buffers, in: context)
    learningRate =
      zip(plan.launches, kernels).lazy.compactMap { launch, kernel in
        launch.arguments.firstIndex(of: .learningRate).map { (kernel, $0) }
      }.first
  }

  /// Sets the learning rate of the steps that are enqueued from now on.
  func set(learningRate rate: Float) throws {
    if let learningRate { try learningRate.kernel.set(rate, at: learningRate.index) }
  }
}

extension BoundKernel {
  /// Binds a launch to the buffers that it names.
  package convenience init(
    _ launch: Launch, buffers: [BufferID: DeviceBuffer], imageCount: Int = 0, in context: ComputeContext
  ) throws {
    let arguments: [KernelArgument] = launch.arguments.map { argument in
      switch argument {
      case .buffer(let id):
        guard let buffer = buffers[id] else { preconditionFailure("\(launch.label): no buffer \(id)") }
        return .buffer(buffer)
      case .int(let value): return .int(value)
      case .bits(let value): return .int(Int(Int32(bitPattern: value)))
      case .long(let value): return .long(value)
      case .float(let value): return .float(value)
      case .int2(let x, let y): return .int2(x, y)
      case .int4(let x, let y, let z, let w): return .int4(x, y, z, w)
      case .view(let view): return .int4(view.first, view.plane, view.line, view.step)
      case .float8(let value): return .float8(value)
      case .learningRate: return .float(0)
      case .imageCount: return .int(imageCount)
      }
    }
    try self.init(
      context, file: launch.file, prelude: launch.prelude, name: launch.kernel, options: launch.options,
      arguments: arguments,
      geometry: launch.geometry)
  }
}
