"""Train the SentencePiece tokenizer on a sample of the texts that prepare_text.py wrote.

BPE, 8192 pieces, identity normalisation, byte fallback, digits split, <q>, <a> and newline as pieces of their own.
Writes tokenizer.model and tokenizer.vocab.

    python train_tokenizer.py
"""
import random, sentencepiece as spm, time
random.seed(0)
t0=time.time()
L=[]
for f,n in (('books.txt',9e6),('misc.txt',3.0e6),('code.txt',1.5e6)):
    lines=open(f).read().split('\n'); 
    s=0
    while s<n:
        i=random.randrange(len(lines)); x=lines[i]
        if len(x)<3 or '\x00' in x: continue
        x=x[:1500]; L.append(x); s+=len(x)
open('sp_sample.txt','w').write('\n'.join(L))
spm.SentencePieceTrainer.train(input='sp_sample.txt',model_prefix='tokenizer',vocab_size=8192,model_type='bpe',byte_fallback=True,split_digits=True,
 normalization_rule_name='identity',remove_extra_whitespaces=False,allow_whitespace_only_pieces=True,add_dummy_prefix=True,character_coverage=0.9997,
 user_defined_symbols=['<q>','<a>','\n'],num_threads=2,max_sentence_length=8000,input_sentence_size=0)
print(time.time()-t0)
