import Foundation

/// A constant of an ONNX graph: its extents, and its entries, row-major.
struct ONNXTensor {
  /// The entries: Whittle computes with floats, and sizes are whole numbers.
  enum Entries {
    case floats([Float])
    case integers([Int])
  }

  let dims: [Int]
  let entries: Entries

  /// The entries as floats; nil for whole numbers.
  var floats: [Float]? { if case .floats(let values) = entries { values } else { nil } }
  /// The entries as whole numbers; nil for floats.
  var integers: [Int]? { if case .integers(let values) = entries { values } else { nil } }
  /// Entries.
  var count: Int { dims.reduce(1, *) }
}

/// Why a constant cannot be read, in words.
struct ONNXTensorError: Error {
  let problem: String
}

extension ONNXTensor {
  /// Takes a constant from its message: every size is held against what the message really has.
  ///
  /// - Throws: `ONNXTensorError`.
  init(_ tensor: Onnx_TensorProto) throws(ONNXTensorError) {
    guard tensor.dataLocation == .default else {
      throw ONNXTensorError(
        problem: "lies in another file; export with all weights in one (external_data=False in PyTorch)")
    }
    let (dims, count) = try Self.extents(tensor.dims)
    self.dims = dims
    let type = Onnx_TensorProto.DataType(rawValue: Int(tensor.dataType)) ?? .undefined
    switch type {
    case .float: entries = .floats(try Self.entries(tensor.rawData, tensor.floatData, count) { $0 })
    case .double:
      entries = .floats(
        try Self.entries(tensor.rawData, tensor.doubleData, count) { (value: Double) in Float(value) })
    case .int64:
      entries = .integers(
        try Self.entries(tensor.rawData, tensor.int64Data, count) { (value: Int64) in Int(value) })
    case .int32:
      entries = .integers(
        try Self.entries(tensor.rawData, tensor.int32Data, count) { (value: Int32) in Int(value) })
    case .UNRECOGNIZED, .undefined:
      throw ONNXTensorError(problem: "has elements of the unknown type \(tensor.dataType)")
    default:
      throw ONNXTensorError(
        problem:
          "has elements of type \(String(describing: type)); Whittle reads float, double, int32 and int64"
      )
    }
  }

  /// Takes a constant with a sparse form.
  ///
  /// - Throws: `ONNXTensorError`.
  init(_ sparse: Onnx_SparseTensorProto) throws(ONNXTensorError) {
    let (dims, count) = try Self.extents(sparse.dims)
    let (values, places) = (try ONNXTensor(sparse.values), try ONNXTensor(sparse.indices))
    guard let values = values.floats, let numbers = places.integers,
      places.dims == [values.count] || places.dims == [values.count, dims.count]
    else {
      throw ONNXTensorError(
        problem: "is sparse and needs float values, and as many indices or a row of indices for each")
    }
    // A few bytes could ask for any amount of zeros.
    guard count <= max(1 << 24, 1000 * values.count) else {
      throw ONNXTensorError(problem: "is sparse and has \(count) entries, of which \(values.count) are there")
    }
    var dense = [Float](repeating: 0, count: count)
    let width = places.dims.count == 1 ? 1 : dims.count
    for (entry, value) in values.enumerated() {
      var place = width == 1 && dims.count != 1 ? numbers[entry] : 0
      if width == dims.count {
        for axis in 0..<width {
          let index = numbers[entry * width + axis]
          guard index >= 0, index < dims[axis] else {
            throw ONNXTensorError(problem: "has a sparse entry at \(index), outside of its \(dims[axis])")
          }
          place = place * dims[axis] + index
        }
      }
      guard place >= 0, place < count else {
        throw ONNXTensorError(problem: "has a sparse entry at \(place), outside of its \(count)")
      }
      dense[place] = value
    }
    (self.dims, entries) = (dims, .floats(dense))
  }

  private static func extents(_ dims: [Int64]) throws(ONNXTensorError) -> ([Int], count: Int) {
    var count = 1
    for extent in dims {
      let (product, overflow) = count.multipliedReportingOverflow(by: Int(extent))
      guard extent >= 0, !overflow else {
        throw ONNXTensorError(problem: "has the impossible shape \(dims.prefix(8))")
      }
      count = product
    }
    return (dims.map { Int($0) }, count)
  }

  /// The entries, which lie in the message as bytes or as a list.
  private static func entries<Stored: BitwiseCopyable, Entry>(
    _ raw: Data, _ list: [Stored], _ count: Int, _ convert: (Stored) -> Entry
  ) throws(ONNXTensorError) -> [Entry] {
    if raw.isEmpty {
      guard list.count == count else {
        throw ONNXTensorError(problem: "needs \(count) entries and has \(list.count)")
      }
      return list.map(convert)
    }
    let size = MemoryLayout<Stored>.size
    guard raw.count % size == 0, raw.count / size == count else {
      throw ONNXTensorError(problem: "needs \(count) entries of \(size) bytes and has \(raw.count) bytes")
    }
    return raw.withUnsafeBytes { bytes in
      (0..<count).map { convert(bytes.loadUnaligned(fromByteOffset: $0 * size, as: Stored.self)) }
    }
  }
}
