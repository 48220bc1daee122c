"""Turn bAbI tasks 1-5 into stories with one question each: data/babi_train.json and data/babi_test.json.

train.py and evaluate.py read them compressed: run xz on both afterwards.

    python prepare_babi.py && xz data/babi_train.json data/babi_test.json
"""
import re,json,random,glob
random.seed(0)
NAMES='Mary,John,Daniel,Sandra,Bill,Fred,Jeff,Julie'.split(',')
def parse(f,fam,maxf):
    out=[];facts=[]
    for l in open(f):
        i,t=l.rstrip('\n').split(' ',1)
        if i=='1': facts=[]
        if '\t' in t:
            q,a,_=t.split('\t')
            if 0<len(facts)<=maxf:
                tx=' '.join(facts)
                keys=[['p',n] for n in NAMES if n in tx]+[['o',o] for o in ('football','apple','milk') if o in tx]
                if fam==3: keys=[['rl',o] for o in ('office','garden','kitchen','bedroom','bathroom','hallway') if o in tx]
                out.append([list(facts),[[q.strip(),a.strip()]],fam,keys])
        else: facts.append(t.strip())
    return out
B='corpus/babi/en-10k/'
tr=[]
for q,fam,n in (('qa1_single-supporting-fact',0,3500),('qa2_two-supporting-facts',1,6000),('qa4_two-arg-relations',3,1500),('qa5_three-arg-relations',4,3000)):
    x=parse(B+q+'_train.txt',fam,16); random.shuffle(x); print(q,len(x)); tr+=x[:n]
x=parse('corpus/babi/en/qa3_three-supporting-facts_train.txt',2,24); print('qa3',len(x)); tr+=x
json.dump(tr,open('data/babi_train.json','w'))
te={}
for q,fam in (('qa1_single-supporting-fact',0),('qa2_two-supporting-facts',1),('qa3_three-supporting-facts',2),('qa4_two-arg-relations',3),('qa5_three-arg-relations',4)):
    import os
    f=B+q+'_test.txt'
    if not os.path.exists(f): f='corpus/babi/en/'+q+'_test.txt'
    x=parse(f,fam,400); random.shuffle(x); te['qa%d'%(fam+1)]=x[:600]; print(q,len(x),sum(len(y[0]) for y in x)/len(x))
json.dump(te,open('data/babi_test.json','w'))
