import Text

/// The header of a `.npy` file: a Python dictionary of three entries, written by `numpy.save` as
/// `{'descr': '<f4', 'fortran_order': False, 'shape': (60000, 784), }`.
struct NumpyHeader {
  let element: NumpyArray.Element
  let isBigEndian: Bool
  let shape: [Int]

  /// - Throws: `FileFormatError` for what is none, and for arrays that are not read.
  init(_ bytes: ArraySlice<UInt8>, path: String) throws {
    func invalid(_ problem: String) -> FileFormatError { FileFormatError(path, problem) }
    // More extents than NumPy has would only make the patterns slow.
    guard bytes.count <= 1 << 16, let text = String(validating: bytes, as: UTF8.self) else {
      throw invalid("its NumPy header is not one that NumPy writes")
    }
    if text.contains("|O") || text.contains("'O'") {
      throw invalid(
        "it holds Python objects as a pickle, which can run any program and is never loaded; save plain numbers"
      )
    }
    guard let type = text.firstMatch(of: /'descr'\s*:\s*'([<>|=])([a-zA-Z])([0-9]{1,4})'/) else {
      throw invalid("its NumPy header names no type of numbers; save an array of one plain type")
    }
    guard let element = NumpyArray.Element(rawValue: "\(type.2)\(type.3)") else {
      let known = NumpyArray.Element.allCases.map(\.name).joined(separator: ", ")
      throw invalid("it holds elements of type \(type.2)\(type.3); those read are \(known)")
    }
    self.element = element
    isBigEndian = type.1 == ">"
    guard let order = text.firstMatch(of: /'fortran_order'\s*:\s*(True|False)/) else {
      throw invalid("its NumPy header does not say in which order the elements lie")
    }
    guard let extents = text.firstMatch(of: /'shape'\s*:\s*\(([0-9, ]*)\)/) else {
      throw invalid("its NumPy header says no shape")
    }
    let shape = extents.1.split { $0 == "," || $0 == " " }.map { Int($0) }
    guard shape.count <= 64, !shape.contains(nil) else {
      throw invalid("its NumPy header says an impossible shape")
    }
    self.shape = shape.compactMap { $0 }
    // Arrays of one dimension lie alike in both orders, and NumPy calls them either.
    guard order.1 == "False" || shape.count < 2 else {
      throw invalid("its elements lie column by column; save it with numpy.ascontiguousarray")
    }
  }
}
