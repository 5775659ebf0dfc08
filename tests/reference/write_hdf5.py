"""Writes HDF5 files as h5py, PyTables and pandas do, the same values beside each as CSV, and a line
a case into `cases`: NAME|DATASET|how the message begins that refuses it.
usage: write_hdf5.py FOLDER (test_hdf5_python.c)"""
import sys, os, warnings, numpy as np, pandas as pd, h5py, tables
warnings.simplefilter('ignore')
os.chdir(sys.argv[1])
cases = open('cases', 'w')
rng = np.random.default_rng(7)
def text(v):
    if isinstance(v, bytes): return v.decode()
    if isinstance(v, str): return v
    if isinstance(v, (bool, np.bool_)): return str(int(v))
    return repr(float(v)) if isinstance(v, (float, np.floating)) else str(int(v))
def case(name, columns=None, message='', dataset=''):
    cases.write(f'{name}|{dataset}|{message}\n')
    if columns is not None:
        with open(name + '.csv', 'w') as f:
            f.write(','.join(columns) + '\n')
            for row in zip(*columns.values()):
                f.write(','.join(text(v) for v in row) + '\n')
def matrix(name, x, message='', names=None, **layout):
    with h5py.File(name + '.h5', 'w') as f:
        d = f.create_dataset('x', data=x, **layout)
        if names: d.attrs['columns'] = names
    names = names or [f'c{i + 1}' for i in range(x.shape[1])]
    case(name, None if message else {n: x[:, i] for i, n in enumerate(names)}, message)
for t in '<f2 >f2 <f4 >f4 <f8 >f8 g'.split():
    x = (rng.normal(size=(501, 3)) * 100).astype(t)
    matrix('float-' + t, x)
for t in 'i1 <i2 >i2 <i4 >i4 <i8 >i8 u1 <u2 >u2 <u4 >u4 <u8 >u8'.split():
    i = np.iinfo(t)
    x = rng.integers(i.min, i.max, size=(501, 3), dtype=np.dtype(t).newbyteorder('='),
                     endpoint=True).astype(t)
    x[0] = i.min, i.max, 0
    matrix('int-' + t, x)
matrix('bool', rng.integers(0, 2, size=(501, 3)).astype(bool))
x = rng.normal(size=(2003, 5))
layouts = dict(odd=dict(chunks=(77, 2)), row=dict(chunks=(1, 5)), column=dict(chunks=(2003, 1),
    compression='gzip'), cell=dict(chunks=(1, 1)), all=dict(chunks=(2003, 5), compression=9),
    check=dict(chunks=(100, 3), fletcher32=True), shuffled=dict(chunks=(64, 4), shuffle=True,
    compression='gzip', fletcher32=True), growing=dict(maxshape=(None, 5), chunks=(10, 5)))
for n, layout in layouts.items():
    matrix('layout-' + n, x, **layout)
matrix('tall', rng.integers(0, 9, size=(600000, 3)).astype('f4'), chunks=(590000, 1),
       compression=1, shuffle=True)
matrix('named', x, names=['größe', 'ქალაქი', '客户', 'a', 'b'])
matrix('lzf', x, 'is packed with LZF, which is not read; write it with gzip',
       chunks=(50, 5), compression='lzf')
matrix('scaleoffset', x, 'is packed with scaleoffset', chunks=(50, 5), scaleoffset=3)
matrix('complex', x + 1j, 'has no table')
r = np.zeros(300, dtype=[('id', 'S9'), ('amount', '>f4'), ('n', '<u2'), ('big', '<u8'),
                         ('paid', '?'), ('city', 'S12')])
r['id'] = [f'B{i:05d}' for i in range(300)]
r['amount'] = rng.normal(size=300)
r['n'] = rng.integers(0, 65535, 300)
r['big'] = rng.integers(0, 2**64 - 1, 300, dtype='u8')
r['paid'] = rng.integers(0, 2, 300)
r['city'] = ['თბ'.encode() if i % 2 else 'Köln'.encode() for i in range(300)]
def columns(r): return {n: r[n] for n in r.dtype.names}
for n, layout in dict(plain={}, packed=dict(chunks=(33,), compression=4, shuffle=True)).items():
    with h5py.File(f'compound-{n}.h5', 'w') as f: f.create_dataset('g/t', data=r, **layout)
    case('compound-' + n, columns(r))
    case('compound-' + n, columns(r), dataset='/g/t')
with h5py.File('vlen.h5', 'w') as f:
    t = np.array([(1, 'a'), (2, 'bc')], dtype=[('n', 'i4'), ('name', h5py.string_dtype())])
    f['t'] = t
case('vlen', message='column "name" holds texts of variable length, which are not read')
with h5py.File('list.h5', 'w') as f:
    f['names'] = ['a', 'b']
    f['x'] = [1.5, 2]
    f['three'] = np.zeros((2, 2, 2))
case('list', message='the dataset "names" holds texts of variable length', dataset='names')
case('list', {'x': [1.5, 2.0]}, dataset='x')
case('list', message='holds no table as "three": 1 or 2 dimensions', dataset='three')
class Row(tables.IsDescription):
    buyer = tables.StringCol(8); paid = tables.BoolCol(); x = tables.Float32Col()
    n = tables.UInt8Col()
with tables.open_file('pytables.h5', 'w') as f:
    t = f.create_table('/', 't', Row, filters=tables.Filters(5, 'zlib'))
    rows = [(f'b{i}'.encode(), i % 3 == 0, i / 7, i % 250) for i in range(400)]
    t.append(rows); t.flush(); t.cols.buyer.create_csindex(); t.flush()
    case('pytables', columns(t.read()))
with tables.open_file('earray.h5', 'w') as f:
    a = f.create_earray('/', 'a', tables.BoolAtom(), (0, 3))
    b = rng.integers(0, 2, size=(100, 3)).astype(bool); a.append(b)
case('earray', {f'c{i + 1}': b[:, i] for i in range(3)})
with tables.open_file('blosc.h5', 'w') as f:
    f.create_carray('/', 'x', obj=x, filters=tables.Filters(5, 'blosc'))
case('blosc', message='is packed with Blosc, which is not read; write it with gzip')
df = pd.DataFrame({'buyer': [f'b{i}' for i in range(300)], 'x': rng.normal(size=300),
                   'n': rng.integers(0, 99, 300), 'ok': rng.integers(0, 2, 300) > 0})
df.to_hdf('pandas-columns.h5', 'df', format='table', data_columns=True)
whole = {'index': df.index, **{c: df[c] for c in df}}
case('pandas-columns', whole)
df.to_hdf('pandas-table.h5', 'df', format='table')
case('pandas-table', message='column "values_block_0" holds several values a row, which are '
     'not read; write a column for each (pandas: to_hdf(..., format="table", data_columns=True))')
df.to_hdf('pandas-fixed.h5', 'df')
case('pandas-fixed', message='is in pandas\' fixed format, which has a frame in pieces; write it '
     'with to_hdf(..., format="table", data_columns=True)')
df[['buyer', 'x']].to_hdf('pandas-two.h5', 'df')
case('pandas-two', message="is in pandas' fixed format, which has a frame in pieces")
one = pd.DataFrame(rng.normal(size=(50, 2)), columns=['länge', 'b'])
one.to_hdf('pandas-one.h5', 'df')
case('pandas-one', {c: one[c] for c in one})
cases.close()
