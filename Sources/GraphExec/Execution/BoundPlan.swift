import Device

/// A plan's launches with their arguments bound: to a model's buffers and to one data set.
final class BoundPlan {
  let plan: Plan
  let set: OpenCLSet
  let kernels: [BoundKernel]
  let beginEpoch: BoundKernel
  let state: DeviceBuffer

  init(_ plan: Plan, set: OpenCLSet, buffers: [BufferID: DeviceBuffer], in context: ComputeContext) throws {
    guard let state = buffers[.state] else { preconditionFailure("a plan without a state") }
    self.plan = plan
    self.set = set
    self.state = state
    kernels = try plan.launches.map {
      try BoundKernel($0, buffers: buffers, imageCount: set.count, in: context)
    }
    beginEpoch = try BoundKernel(BatchLaunches.beginEpoch, buffers: buffers, in: context)
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
      case .long(let value): return .long(value)
      case .float(let value): return .float(value)
      case .view(let view): return .int4(view.first, view.plane, view.line, view.step)
      case .imageCount: return .int(imageCount)
      }
    }
    try self.init(
      context, file: launch.file, name: launch.kernel, options: launch.options, arguments: arguments,
      geometry: launch.geometry)
  }
}
