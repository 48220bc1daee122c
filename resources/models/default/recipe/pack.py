"""Compress the token ids of tokenize_all.py into the shards that gen.load_noise reads: data/NAME.I.u16.xz.

    python pack.py
"""
import numpy as np,lzma,sys,os
from multiprocessing import Pool
D='data/'
def one(a):
    n,i,x=a; open(D+'%s.%d.u16.xz'%(n,i),'wb').write(lzma.compress(x.tobytes(),preset=4,format=lzma.FORMAT_XZ,filters=None)); return n,i,os.path.getsize(D+'%s.%d.u16.xz'%(n,i))
J=[]
for n in ('code','misc','books_eval','code_eval','books'):
    a=np.load(n+'.npy'); k=max(1,round(len(a)/5e6))
    nn=n.replace('books_eval','eval_books').replace('code_eval','eval_code')
    for i,x in enumerate(np.array_split(a,k)): J.append((nn,i,x))
with Pool(2) as p:
    for r in p.imap(one,J): print(r,flush=True)
