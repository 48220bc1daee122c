"""Turn the texts of prepare_text.py into token ids: NAME.txt to NAME.npy, </s> after every document.

    python tokenize_all.py books misc code books_eval code_eval
"""
import sys,numpy as np,sentencepiece as spm,lzma,time,os
sp=spm.SentencePieceProcessor(model_file='tokenizer.model')
print(sp.encode('Hello\nThe world 71432 <q> Where is Mary?<a> kitchen',out_type=str), sp.piece_to_id('\n'),sp.piece_to_id('<q>'),sp.piece_to_id('<a>'),sp.eos_id())
os.makedirs('data',exist_ok=True)
def do(n,shards):
    t0=time.time()
    docs=open(n+'.txt').read().split('\n\x00\n')
    out=[]
    for d in docs:
        ids=sp.encode(d); out.append(np.array(ids+[5 if False else sp.eos_id()],np.uint16))
    a=np.concatenate(out); np.save(n+'.npy',a)
    print(n,len(a),sum(map(len,docs))/len(a),time.time()-t0,flush=True)
for n in sys.argv[1:]: do(n,1)
