import GraphExec
import Pruning

/// A parameter in one of the forms in which a model file holds it.
package enum StoredParameter: Sendable, Equatable {
  /// All entries, and which of them survive: 1 in the mask, 0 for a pruned one. A survivor may be 0.
  case dense(Matrix, mask: [UInt8])
  /// Surviving entries.
  case sparse(SparseMatrix)

  /// The surviving entries in the form that takes fewer bytes in a file.
  init(smallestOf matrix: Matrix, mask: [UInt8]) {
    let dense = StoredParameter.dense(matrix, mask: mask)
    let sparse = StoredParameter.sparse(SparseMatrix(matrix, mask: mask))
    self = sparse.fileBytes < dense.fileBytes ? sparse : dense
  }

  /// Inputs and outputs.
  package var shape: (rows: Int, columns: Int) {
    switch self {
    case .dense(let matrix, _): (matrix.rows, matrix.columns)
    case .sparse(let matrix): (matrix.rows, matrix.columns)
    }
  }

  /// The word for the form: `dense` or `sparse`.
  package var formatName: String {
    switch self {
    case .dense: "dense"
    case .sparse: "sparse"
    }
  }

  /// Surviving entries.
  package var survivors: Int {
    switch self {
    case .dense(_, let mask): mask.count { $0 != 0 }
    case .sparse(let matrix): matrix.count
    }
  }

  /// All entries, 0 where there is none.
  package var matrix: Matrix {
    switch self {
    case .dense(let matrix, _): matrix
    case .sparse(let matrix): matrix.dense
    }
  }

  /// 1 for a surviving entry, 0 for a pruned one; row-major.
  package var mask: [UInt8] {
    switch self {
    case .dense(_, let mask): mask
    case .sparse(let matrix): matrix.pattern.mask
    }
  }

  /// Whether every entry is a number, and none infinite.
  var isFinite: Bool {
    switch self {
    case .dense(let matrix, _): matrix.values.allSatisfy(\.isFinite)
    case .sparse(let matrix): matrix.values.allSatisfy(\.isFinite)
    }
  }

  /// Bytes of the arrays in a file: 4 for each entry, or 8 for each survivor and 4 for each row.
  package var fileBytes: Int {
    switch self {
    case .dense(let matrix, _): 4 * matrix.values.count
    case .sparse(let matrix):
      4 * (matrix.pattern.indptr.count + matrix.pattern.indices.count + matrix.values.count)
    }
  }

  /// Bytes that an OpenCL device holds for inference: the matrix with its rows padded, or by columns the values with the
  /// row that each reads.
  package var deviceBytes: Int {
    switch self {
    case .dense(let matrix, _): 4 * matrix.rows * leadingDimension(matrix.columns)
    case .sparse(let matrix): 4 * (matrix.columns + 1) + 8 * max(matrix.count, 1)
    }
  }
}
