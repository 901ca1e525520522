import Device

/// Networks on an OpenCL device.
///
/// ```swift
/// let backend = try OpenCLBackend(device)
/// let set = try backend.upload(images)
/// let network = Network(layers: [784, 300, 100, 10])
/// let model = try backend.makeModel(ModelSpecification(network: network, batchSize: 256, masked: true))
/// try model.load(ModelState(initialValues: WeightInitializer.heNormal.values(of: network, seed: 1)))
/// let totals = try model.trainEpoch(on: set, order: (0..<Int32(images.count)).map { $0 })
/// ```
public final class OpenCLBackend: Backend {
  /// The device and its context.
  public let context: ComputeContext
  /// Kernels of this family, whatever the device; nil for the family that fits it.
  public let family: KernelConfig.Family?

  /// How forward passes are run.
  package let forms: ForwardForms
  private let forwardChoices = FormChoices<BlockForm>()
  private let stepChoices = FormChoices<StepForm>()
  private let sparseChoices: SparseChoices
  /// Tiles that were measured.
  private let tables: [TileTable]

  /// Opens a device.
  ///
  /// - Throws: `OpenCLError` when the driver refuses.
  public convenience init(
    _ device: ComputeDevice, sources: KernelSources = .embedded, family: KernelConfig.Family? = nil
  ) throws {
    try self.init(device, sources: sources, family: family, forms: .fastest)
  }

  package init(
    _ device: ComputeDevice, sources: KernelSources = .embedded, family: KernelConfig.Family? = nil,
    forms: ForwardForms, sparse: SparseForms = .fastest
  ) throws {
    context = try ComputeContext(device, sources: sources)
    self.family = family
    self.forms = forms
    sparseChoices = SparseChoices(sparse)
    tables = []
  }

  /// Runs on a device that is open.
  ///
  /// - Parameters:
  ///   - context: the device's.
  ///   - family: kernels of this family; nil for the one that fits the device.
  ///   - tables: tiles that were measured: this device's own first, then those of devices like it.
  public convenience init(
    _ context: ComputeContext, family: KernelConfig.Family? = nil, tables: [TileTable] = []
  ) {
    self.init(context, family: family, tables: tables, sparse: .fastest)
  }

  package init(
    _ context: ComputeContext, family: KernelConfig.Family? = nil, tables: [TileTable] = [],
    sparse: SparseForms
  ) {
    self.context = context
    self.family = family
    forms = .fastest
    sparseChoices = SparseChoices(sparse)
    self.tables = tables
  }

  /// The same device with products over surviving entries run in a way that is given, to be compared.
  package func running(_ sparse: SparseForms) -> OpenCLBackend {
    OpenCLBackend(context, family: family, tables: tables, sparse: sparse)
  }

  /// The kernels and tiles for a batch size.
  public func config(batchSize: Int) -> KernelConfig {
    KernelConfig.choose(for: context.device, batchSize: batchSize, family: family, tables: tables)
  }

  /// Name, driver and size of the device.
  public var summary: BackendSummary {
    BackendSummary(
      name: context.device.name, backend: "opencl",
      version: "\(context.device.version), driver \(context.device.driverVersion)",
      computeUnits: context.device.computeUnits)
  }

  /// Both kernel families have sparse kernels.
  public var executesSparse: Bool { true }

  /// Bytes of all buffers on the device.
  public var memory: (used: Int, peak: Int) { (context.memory.used, context.memory.peak) }

  /// Copies a data set to the device.
  public func upload(_ images: HostImages) throws -> any ResidentSet {
    try OpenCLSet(images, in: context)
  }

  /// Builds the plan's kernels and reserves its memory.
  public func makeModel(_ specification: ModelSpecification) throws -> any Model {
    try makeModel(specification, forward: ForwardPass(specification.network))
  }

  /// What a forward pass of a batch takes in each form there is: in blocks, or layer by layer (nil). A model
  /// takes the fastest.
  ///
  /// - Throws: `GraphError`, errors of the device.
  package func forwardTimes(of specification: ModelSpecification) throws -> [(
    way: BlockForm?, time: Duration
  )] {
    (try makeModel(specification) as? OpenCLModel)?.forwardTimes ?? []
  }

  /// The same of a training step: in one launch or two, or layer by layer.
  package func stepTimes(of specification: ModelSpecification) throws -> [(
    way: StepForm?, time: Duration
  )] {
    (try makeModel(specification) as? OpenCLModel)?.stepTimes ?? []
  }

  /// The same for another forward pass over the network's parameters.
  package func makeModel(_ specification: ModelSpecification, forward: ForwardPass) throws -> any Model {
    try OpenCLModel(
      specification, forward: forward, config: config(batchSize: specification.batchSize), forms: forms,
      choices: (forwardChoices, stepChoices), sparse: sparseChoices, in: context)
  }
}

/// A data set in device memory, shared by all models of a context.
final class OpenCLSet: ResidentSet {
  let count: Int
  let size: Int
  let input: Plan.Input
  let images: DeviceBuffer
  let labels: DeviceBuffer
  /// What makes of bytes what a network sees; nil for floats.
  let scales: DeviceBuffer?
  /// 0, 1, 2...: the order of an evaluation.
  let fileOrder: DeviceBuffer

  init(_ set: HostImages, in context: ComputeContext) throws {
    count = set.count
    size = set.size
    let queue = try CommandQueue(context)
    switch set.features {
    case .bytes(let bytes):
      precondition(bytes.count == set.count * set.size, "images and labels differ in number")
      input = .bytes
      images = try DeviceBuffer(context, name: "images of the data set", byteCount: bytes.count)
      try queue.write(bytes, to: images)
      let numbers = set.normalization.scales(features: set.size)
      let buffer = try DeviceBuffer(context, name: "scales of the data set", byteCount: numbers.count * 4)
      try queue.write(numbers, to: buffer)
      scales = buffer
    case .floats(let floats):
      precondition(floats.count == set.count * set.size, "images and labels differ in number")
      input = .floats
      images = try DeviceBuffer(context, name: "features of the data set", byteCount: floats.count * 4)
      try queue.write(floats, to: images)
      scales = nil
    }
    labels = try DeviceBuffer(context, name: "labels of the data set", byteCount: set.count)
    try queue.write(set.labels, to: labels)
    fileOrder = try DeviceBuffer(context, name: "order of the data set", byteCount: set.count * 4)
    try queue.write((0..<Int32(set.count)).map { $0 }, to: fileOrder)
  }
}
